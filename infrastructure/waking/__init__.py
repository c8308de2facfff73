"""Hints between processes that the log has grown."""
