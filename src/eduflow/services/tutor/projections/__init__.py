"""What was spent becomes what is shown."""
