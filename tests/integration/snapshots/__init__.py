"""Simulated books."""
