"""Formulas of predictions and targets: read, checked and evaluated without running any code.

``lexer`` splits the text by a ``grammar``, ``parser`` builds a frozen ``syntax_tree`` of what
``functions`` holds, and ``interpreter`` evaluates it on blocks of arrays, in ``dual_numbers`` that
carry the derivative along. There is no ``eval``: a name means what the table of functions says, and
nothing else can be written.
"""
