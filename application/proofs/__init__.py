"""Tamper evidence: a tree of hashes over the log, signed checkpoints of it, and proofs."""
