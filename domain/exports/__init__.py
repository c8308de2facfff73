"""What was exported from the log, and how far, so that a correction can name who holds what."""
