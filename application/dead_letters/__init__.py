"""Orders about dead letters, written into the log before they are carried out."""
