"""Contracts and trading days, by example."""
