"""Packs that are sold, and the texts about them."""
