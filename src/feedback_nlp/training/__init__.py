"""From labelled mails to a model: imports the steps, is never imported by them."""
