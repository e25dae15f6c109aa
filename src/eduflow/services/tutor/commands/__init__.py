"""What people may have done: set and change budgets, and add prices."""
