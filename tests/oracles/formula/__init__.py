"""Oracles of the losses given as a formula."""
