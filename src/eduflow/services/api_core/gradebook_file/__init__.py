"""The gradebook as a CSV file, as Canvas writes it: read into grades, and written from them.

Reading a file that was written here changes nothing, and reading any file twice changes nothing the
second time.
"""
