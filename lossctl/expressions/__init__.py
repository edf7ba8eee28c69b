"""Formulas of predictions and targets: read, checked and evaluated without running any code.

``lexer`` splits the text, ``parser`` builds a frozen tree of what ``table`` knows, and ``evaluate``
walks the tree on blocks of arrays, carrying the derivative along. There is no ``eval``: a name
means what the table says, and nothing else can be written.
"""
