"""The rules: pure, without clock, database or web."""
