"""Books of simulated trading: a market, traders in it, and what their platform reports."""
