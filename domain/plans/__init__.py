"""What the firm sells, and how the rules of it change."""
