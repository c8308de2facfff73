"""Marks on Redis streams, and what the engine keeps about them in PostgreSQL."""
