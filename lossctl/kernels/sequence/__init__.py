"""Alignments of sequences."""
