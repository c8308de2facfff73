"""The trading calendar against maintained libraries."""
