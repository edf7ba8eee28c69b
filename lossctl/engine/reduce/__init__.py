"""Reduce blocks to totals, and totals to a value."""
