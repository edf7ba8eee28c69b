"""Surfaces as figures of Matplotlib: seen from above, with a bar of their values, and in space."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lossctl.core.spelling import number
from lossctl.pictures.picture import Surface
from lossctl.report.pictures.axis_ticks import numbers_between, power_of, set_numbers, with_power
from lossctl.report.pictures.palette import Palette

MARKERS = (("X", "#d55e00", 13.0), ("o", "#ffffff", 7.5), ("P", "#56b4e9", 9.0))
LEVELS = 14  # steps of the shades
FEW = 4  # steps of an axis in space
CLOSER = 1.12  # than the box that Matplotlib leaves room for


def draw_surface(
    figure: Any, places: Sequence[Sequence[int]], surface: Surface, colours: Palette
) -> None:
    """Draw a surface in two places of a figure: from above, and in space."""
    top = _top(surface)
    least = float(np.nanmin(np.where(np.isfinite(surface.values), surface.values, np.nan)))
    _contour(figure.add_subplot(*places[0]), surface, (least, top), colours)
    _in_space(figure.add_subplot(*places[1], projection="3d"), surface, (least, top), colours)


def _top(surface: Surface) -> float:
    """Return the highest value that still shows the valley and the marks."""
    values = surface.values[np.isfinite(surface.values)]
    low, top = float(values.min()), float(np.quantile(values, 0.9))
    marks = [mark.value for mark in surface.marks if np.isfinite(mark.value)]
    top = max([top, *(low + 1.3 * (mark - low) for mark in marks)])
    return top if top > low else low + 1.0


def _contour(axes: Any, surface: Surface, ends: tuple[float, float], colours: Palette) -> None:
    from matplotlib.ticker import MaxNLocator

    levels = MaxNLocator(LEVELS, steps=(1, 2, 5, 10)).tick_values(*ends)
    grid = (surface.xs, surface.ys, np.ma.masked_invalid(surface.values))
    filled = axes.contourf(*grid, levels=levels, cmap=colours.surface, extend="max")
    axes.contour(*grid, levels=levels[::2], colors=colours.background, linewidths=0.6)
    power = power_of(float(levels[0]), float(levels[-1]))
    for (marker, colour, size), mark in zip(MARKERS, surface.marks, strict=False):
        name = with_power(f"{mark.name}: {number(mark.value / 10.0**power, 4)}", power)
        axes.plot(
            [mark.x], [mark.y], marker, ms=size, mfc=colour, mec="#000000", mew=1.2, ls="none",
            label=name, clip_on=False, zorder=5,
        )  # fmt: skip
    set_numbers(axes.xaxis, axes.get_xlim(), surface.x.label)
    set_numbers(axes.yaxis, axes.get_ylim(), surface.y.label)
    axes.set_title("seen from above", fontsize=10)
    axes.grid(visible=False)
    bar = axes.figure.colorbar(filled, ax=axes)
    at, texts = numbers_between(float(levels[0]), float(levels[-1]), 8)
    bar.set_ticks(at, labels=texts)
    bar.set_label(with_power(surface.label, power), labelpad=8)


def _in_space(axes: Any, surface: Surface, ends: tuple[float, float], colours: Palette) -> None:
    least, top = ends
    values = np.minimum(np.where(np.isfinite(surface.values), surface.values, np.nan), top)
    xs, ys = np.meshgrid(surface.xs, surface.ys)
    axes.plot_surface(xs, ys, values, cmap=colours.surface, lw=0, alpha=0.85)
    for (marker, colour, size), mark in zip(MARKERS, surface.marks, strict=False):
        axes.plot(
            [mark.x], [mark.y], [min(mark.value, top)], marker, ms=size, mfc=colour,
            mec="#000000", mew=1.2, ls="none", zorder=10,
        )  # fmt: skip
    names = [axis.label.partition(" ")[0] for axis in (surface.x, surface.y)]
    sides = [(axes.xaxis, names[0], surface.xs), (axes.yaxis, names[1], surface.ys)]
    for axis, name, places in sides:
        set_numbers(axis, (float(places[0]), float(places[-1])), name, FEW)
    set_numbers(axes.zaxis, (least, top), "", FEW)
    axes.set_zlabel("")  # it would leave the figure
    axes.tick_params(labelsize=8)
    upwards = with_power(f"as a surface, up: {surface.label}", power_of(least, top))
    axes.set_title(upwards, fontsize=10)
    axes.view_init(elev=32, azim=-60)
    axes.set_box_aspect((1.0, 1.0, 0.75), zoom=CLOSER)
    for axis in (axes.xaxis, axes.yaxis, axes.zaxis):
        axis.set_pane_color(colours.background)
