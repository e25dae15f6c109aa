"""One answer a file, read from a replica."""
