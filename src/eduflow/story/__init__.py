"""How demo schools are made: by commands of their people, each at its moment of the story.

api_core makes the schools. Every other service may have a package `demo` with a function `make`,
which is called for each school when that is there, and makes in it what the service is for.
"""
