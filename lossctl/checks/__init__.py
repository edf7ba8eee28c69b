"""Rules that find mistakes in predictions, targets and losses, over statistics of the data."""
