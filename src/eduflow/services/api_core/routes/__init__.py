"""HTTP in, a command or a query, a struct out."""
