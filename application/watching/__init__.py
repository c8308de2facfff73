"""Watching the ledger at work: figures of one moment, and the alarms they give."""
