"""Who is asking: tokens, keys, passwords, and what a route demands of its caller."""
