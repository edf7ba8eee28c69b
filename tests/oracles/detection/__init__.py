"""Oracles of the detection losses, one loss a file."""
