"""The rules of api_core, without a database, a clock or a network."""
