"""Effects kept in PostgreSQL, and the ways to a trading platform."""
