"""What a class does to the platform at one moment, and whether anything of it was lost."""
