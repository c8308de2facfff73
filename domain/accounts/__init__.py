"""A trading account: its events, its state, its decisions."""
