"""The news calendar on a real log."""
