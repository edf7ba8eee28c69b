"""Oracles of the logic losses, one loss a file."""
