"""Laws, checked by search."""
