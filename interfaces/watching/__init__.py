"""Watching as a process does it: the screen, the metrics and the traces."""
