"""Tests of `lossctl run`: configurations, rules, constraints, gradients, recipes."""
