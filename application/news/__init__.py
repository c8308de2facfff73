"""What can be asked of the firm's news calendar."""
