"""One intention a file: what is wanted, and how it is decided."""
