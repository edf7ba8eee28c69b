"""Predictions and targets whose numbers cannot be right (LC5xx)."""
