"""What the firm sells."""
