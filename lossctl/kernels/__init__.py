"""Maths only: arrays in, arrays out. A room for each kind."""
