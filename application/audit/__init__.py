"""The replayable audit trail: who did what, when, why, and what it changed."""
