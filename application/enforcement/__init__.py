"""What follows from a verdict outside of the ledger: orders to the trading platform."""
