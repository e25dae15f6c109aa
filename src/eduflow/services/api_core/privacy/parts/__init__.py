"""What each slice of api_core keeps of a person, a module for each."""
