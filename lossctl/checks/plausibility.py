"""Values of a loss that no useful model has (LC6xx)."""
