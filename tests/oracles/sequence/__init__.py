"""Oracles of losses on sequences."""
