"""Predictions whose activation is not what the loss takes (LC1xx)."""
