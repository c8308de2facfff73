"""Scenario files: rules with worked numbers, run on the engine that judges live accounts."""
