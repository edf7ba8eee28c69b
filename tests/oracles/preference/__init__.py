"""Oracles of the preference losses, one loss a file."""
