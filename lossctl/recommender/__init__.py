"""The recommender: a decision tree as data, the walk, what the data say, and the advice."""
