"""HTTP in, command or query, struct out."""
