"""Scenario files: rules written down with worked numbers, run on the engine that judges accounts."""
