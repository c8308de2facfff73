"""The HTTP API: routes parse and call."""
