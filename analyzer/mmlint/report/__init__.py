"""One writer a format, each a pure function of a run."""
