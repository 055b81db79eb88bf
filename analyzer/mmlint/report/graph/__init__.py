"""Writers of call graphs and of what was asked of them, each a pure function."""
