"""What can be asked of trading accounts."""
