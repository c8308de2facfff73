"""Verdict certificates: a verdict with all it rests on, which anyone can run again."""
