"""Oracles of the generative losses, one loss a file."""
