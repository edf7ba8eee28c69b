"""Predictions and targets that do not belong together (LC2xx)."""
