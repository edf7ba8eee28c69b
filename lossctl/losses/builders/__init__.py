"""Builders of losses: declarations and forms from a value and its derivative."""
