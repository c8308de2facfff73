"""What people did about events that the read models could not take in."""
