"""Archived events: in a directory or in S3, as lines and as Parquet, and read when asked for."""
