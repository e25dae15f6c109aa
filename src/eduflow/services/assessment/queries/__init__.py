"""What assessment answers: one answer a file."""
