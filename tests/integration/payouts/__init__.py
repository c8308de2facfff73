"""Payouts on a real database: many hands at once, the read model, the command line."""
