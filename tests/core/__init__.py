"""Domains, parameters, spellings and results on their own."""
