"""Statistics that show what is wrong with predictions, targets or values; they know no loss."""
