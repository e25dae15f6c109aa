"""Use, budgets and prices over HTTP, for people."""
