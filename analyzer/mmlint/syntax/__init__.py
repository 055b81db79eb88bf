"""From C text to the syntax tree of `nodes`: the only place that knows the parser."""
