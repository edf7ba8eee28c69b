"""Labels that are encoded otherwise than the loss reads them (LC3xx)."""
