"""Random command lines, and what every answer to one must be."""
