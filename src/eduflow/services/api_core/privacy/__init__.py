"""What people may ask for: all that is known of them, to take along; and to be forgotten.

Each slice says in a module of `parts` what it keeps of a person: a `Part` for what goes into the
archive, an `Excuse` for what does not. Both say what erasing the person does to it. A test goes
through the tables and fails for one with a person in it that neither names.
"""
