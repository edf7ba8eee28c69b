"""Values over time: checkpoints, or a log of training (LC7xx)."""
