"""Three schools to look at, with published passwords: people, courses, work, grades, talk.

Written down in `data/`, a folder for each institution, and made by the commands that routes use, so
that everything that follows from them is there too. Each command is carried out at the moment of
the story at which it happened, in days before or after the day on which the school was first made.
What is missing is made and what is there stays, so a making that was stopped is gone on with; and
a school that is whole is left to its visitors.
"""
