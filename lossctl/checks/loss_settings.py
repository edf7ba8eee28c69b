"""Losses and parameters that do not fit the data (LC4xx)."""
