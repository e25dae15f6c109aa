"""How fast, how fresh and how large EduFlow is, measured beside what it is compared with."""
