"""Figures of every loss, kept to be compared: the calls, and what they answer."""
