"""What of the log was moved into an archive, so that the log itself says who did it."""
