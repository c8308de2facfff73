"""Looks at the database for figures: a bounded question for each part."""
