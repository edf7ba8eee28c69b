"""Tests of formulas: their grammar, values, derivatives and refusals."""
