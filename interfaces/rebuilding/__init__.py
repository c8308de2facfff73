"""Rebuilds put to processes: those of one command, and those of the fleet."""
