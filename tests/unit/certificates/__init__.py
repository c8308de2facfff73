"""Verdict certificates."""
