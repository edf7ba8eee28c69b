"""The recommender: tree, walk, probes, steps after training."""
