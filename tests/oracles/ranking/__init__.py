"""Oracles of the ranking losses, one loss a file."""
