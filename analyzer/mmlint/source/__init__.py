"""Where C text comes from: a kernel tree in a directory."""
