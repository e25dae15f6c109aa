"""What people may ask for of their tests: all that is known of them, to take along."""
