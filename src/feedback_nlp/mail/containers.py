"""stub"""

from feedback_nlp.errors import UnsupportedInput


def read_other(raw, source, form):
    raise UnsupportedInput("later")
