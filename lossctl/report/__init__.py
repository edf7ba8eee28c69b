"""Renderers of results, advice and pages, over one module of output formats."""
