"""Metrics beside a loss, by scikit-learn's definitions; ``known_metrics.py`` lists them."""
