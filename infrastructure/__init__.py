"""Adapters: the only place that knows a driver or a vendor."""
