"""The documentation site: its sources from the guides and the declarations, then Sphinx."""
