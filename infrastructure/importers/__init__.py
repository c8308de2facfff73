"""Readers of the files that trading platforms export, one format a file."""
