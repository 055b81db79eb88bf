"""Which function is meant by a call, and who calls it: answered on demand over a whole tree."""
