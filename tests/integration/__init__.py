"""One adapter or table against the real thing."""
