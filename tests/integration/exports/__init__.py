"""Exports out of real PostgreSQL."""
