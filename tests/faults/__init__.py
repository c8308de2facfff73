"""Faults at random moments, out of a seed: processes, servers, connections and disks that fail."""
