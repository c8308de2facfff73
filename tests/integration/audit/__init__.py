"""The audit trail out of real PostgreSQL."""
