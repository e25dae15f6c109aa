"""What assessment keeps of a person, a module for each slice."""
