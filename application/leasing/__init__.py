"""Leases: who of several processes does what, with epochs that never fall."""
