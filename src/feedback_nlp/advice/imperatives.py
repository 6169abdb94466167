"""The sender's own advice, where a quote already is an instruction: "practise carrying three plates"."""

from __future__ import annotations

import re

from feedback_nlp.advice.topics import accept
from feedback_nlp.advice.words import upper_first, word_count

LONGEST = 14  # words

_IMPERATIVE = re.compile(
    r"(?:please |do |just |maybe |try to |try and |aim to |remember to |i'd |we'd )?(?P<do>(?:brush|take|try"
    r"|practi[sc]e|work on"
    r"|read|get|add|put|build|learn|bring|show|prepare|look|spend|use|include|tailor|proofread|ask|think|write"
    r"|keep|make|state"
    r"|focus|quantify|slow|start|join|register|record|find|let|give|cut|check|finish|name|lead|speak|stop|pick"
    r"|do|open|say"
    r"|revise|rehearse|sign up|sit|redo|drop|trim|shorten|replace|leave|pause|breathe|answer|structure|polish"
    r"|deepen|study)\b.+)",
    re.IGNORECASE,
)
_THIRD = re.compile(
    r"\b(?:i|we|me|us|he|she|they|them|him|his|our|my|it|this|that|these|those|was|were|who)\b|[\n:;\"“”!?()…]",
    re.IGNORECASE,
)


def imperative(words: str) -> str:
    """The words as an instruction that opens with its verb, at most fourteen words; empty where they are none."""
    quote = " ".join(words.split()).rstrip(" .,")
    match = _IMPERATIVE.fullmatch(quote)
    if match is None:
        return ""
    text = re.split(r",| because | so that | since | and then | before you | as ", match["do"])[0].strip()
    if _THIRD.search(text) or not 3 <= word_count(text) <= LONGEST or text.count("'") > 1:
        return ""
    if accept(text.split()[-1], False, frozenset()) is None and re.search(
        r"\b(?:to|of|in|on|at|for|with|the|a|an|your|and|or)$", text
    ):
        return ""
    return upper_first(re.sub(r" (?:before|beforehand|too|though|please|first|next time)$", "", text))
