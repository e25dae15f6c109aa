"""What assessment remembers of its log."""
