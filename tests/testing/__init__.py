"""The public laws: they hold for a sound loss of one's own and catch what is wrong."""
