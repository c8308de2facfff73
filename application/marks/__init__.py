"""The stream of open profit: what is taken in, what is refused, and what an account is told."""
