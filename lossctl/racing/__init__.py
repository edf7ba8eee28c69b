"""Races: candidates judged on rows they were not trained on, their differences, the simplest."""
