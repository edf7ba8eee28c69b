"""Weighted objectives: a YAML file of losses, rules and constraints, and what it is worth."""
