"""Exports of the log: evidence on files, with a manifest, that anyone can verify offline."""
