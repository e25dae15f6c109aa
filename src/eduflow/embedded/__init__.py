"""The one-machine default: real servers, started and stopped by `eduflow up`.

Owns the processes of PostgreSQL (a primary and its standbys), Valkey and SeaweedFS, the folder
they keep their data in and the passwords between them. Promises that stopping leaves clean data,
that a killed start is cleared by the next one, and that nothing is downloaded. Installations that
name outside servers in their settings never import this package.
"""
