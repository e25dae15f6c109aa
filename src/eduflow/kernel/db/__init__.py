"""PostgreSQL as EduFlow uses it: pools, replicas, sessions that read, and migrations."""
