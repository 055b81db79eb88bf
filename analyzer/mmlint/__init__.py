"""Static analysis of Linux kernel mm code."""

__version__ = "0.1.0"
