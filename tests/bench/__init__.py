"""Benchmarks: numbers to compare with a baseline of the same run, never asserted."""
