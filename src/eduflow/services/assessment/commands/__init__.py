"""What assessment can be told: one intention a file."""
