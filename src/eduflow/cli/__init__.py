"""The command line. Each command is a module that reads options and calls the room that does it.

Commands are loaded when they run: an installation with outside servers never imports
`eduflow.embedded`, and the supervisor of `eduflow up` never imports the services.
"""
