"""The audit trail, without a log."""
