"""Rosters as student information systems send them: the SIS CSV files that Canvas documents.

`reader` turns a folder or a zip into rows, `rows` says what a row means, `importing` takes them
through the commands in chunks, and `exporting` writes the same files back. Only rows that the
commands accept change anything; every other row is told with file, line and reason.
"""
