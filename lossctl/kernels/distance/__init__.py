"""Distances, cosines and similarities between vectors."""
