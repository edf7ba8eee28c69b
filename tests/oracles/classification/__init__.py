"""Oracles of the classification losses, one loss a file."""
