"""Oracles of the regression losses, one loss a file."""
