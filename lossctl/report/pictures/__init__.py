"""Renderers of pictures: numbers, a sketch in a terminal, figures of Matplotlib."""
