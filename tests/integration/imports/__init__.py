"""Imports of trades."""
