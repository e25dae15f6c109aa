"""A small school to look at: people with published passwords, courses with lessons, some progress.

Made by the commands that routes use, so that everything that follows from them is there too. What
is missing is made and what is there stays, so it can be made again at every start.
"""
