"""The recommender: a decision tree as data, its traversal, probes of data, recommendations."""
