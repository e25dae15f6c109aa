"""What the tests stand on: real servers, and a platform in this process that people can talk to."""
