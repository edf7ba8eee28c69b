"""Old names in declarations of losses, for plugins that were written with them.

Each is put under its present name, with a ``DeprecationWarning`` that says which.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

OLD_AXES = {"element": "item", "row": "item class", "record": "any"}
READINGS = {axes: layout for layout, axes in OLD_AXES.items()}
OLD_ORDER = ("pooled", "hard_masks", "joint_classes", "grouped", "grid_axes", "per_group", "packs")
LOSS_FLAGS_FROM = 9  # id to finish_slope stand before
FLAGS = ("pooled", "joint_classes", "grouped", "per_group", "grid_axes")
NEW_NAMES = {"pullback": "vjp", "layout": "axes", "layouts": "form_axes"}


def present(axes: str) -> str:
    """Return a reading of the axes by its present name."""
    return OLD_AXES[axes]


def renamed(
    arguments: tuple[Any, ...], named: Mapping[str, Any], reductions: Sequence[Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a ``Form`` or ``Loss`` under their present names.

    `reductions` are the classes of losses that are per item, pooled and grouped.
    """
    new = dict(named)
    arguments, by_place = _flags_by_place(arguments)
    new |= by_place
    flags = {name: new.pop(name) for name in FLAGS if name in new}
    if flags:
        _note(", ".join(flags), "reduction")
        new["reduction"] = _reduction(reductions, **flags)
    if arguments and arguments[0] in OLD_AXES:
        _note(f"{arguments[0]!r} of a form", repr(OLD_AXES[arguments[0]]))
        arguments = (OLD_AXES[arguments[0]], *arguments[1:])
    if "layout" in new:
        _note("layout", "axes")
        layout = new.pop("layout")
        new["axes"] = OLD_AXES.get(layout, layout)
    if "pullback" in new:
        _note("pullback", "vjp")
        new["vjp"] = new.pop("pullback")
    if "sums_only" in new:
        _note("sums_only", 'order="memory"')
        new["order"] = "memory" if new.pop("sums_only") else "class"
    return arguments, new


def _flags_by_place(arguments: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Take flags that stood at old places: the last of a form, and all after `finish_slope`."""
    first = next((n for n, value in enumerate(arguments) if isinstance(value, bool)), None)
    if first is None:
        return arguments, {}
    names = OLD_ORDER if first == LOSS_FLAGS_FROM else ("sums_only",)
    return arguments[:first], dict(zip(names, arguments[first:], strict=False))


def attribute(declaration: Any, name: str) -> Any:
    """Return what an attribute of a ``Form`` or ``Loss`` is called now.

    Raises
    ------
    AttributeError
        For a name it never had.
    """
    if name == "is_record":
        _note(name, "in_words")
        return declaration.in_words
    if name == "grid_axes":
        _note(name, "reduction.axes")
        return getattr(declaration.reduction, "axes", 2)
    if name == "sums_only":
        _note(name, "order")
        return declaration.order == "memory"
    if name not in NEW_NAMES or not hasattr(type(declaration), "__dataclass_fields__"):
        raise AttributeError(f"{type(declaration).__name__} has no attribute {name!r}")
    _note(name, NEW_NAMES[name])
    value = getattr(declaration, NEW_NAMES[name])
    if name == "layout":
        return READINGS[value]
    return tuple(READINGS[axes] for axes in value) if name == "layouts" else value


def _reduction(
    reductions: Sequence[Any],
    *,
    pooled: bool = False,
    joint_classes: bool = False,
    grouped: Any = None,
    per_group: bool = False,
    grid_axes: int = 2,
) -> Any:
    per_item, pool, group = reductions
    if grouped is not None:
        whole_masks = grouped in {"set", "grid"}  # which always answered one loss per group
        return group(grouped, per_group=per_group or whole_masks, axes=grid_axes)
    return pool(joint=joint_classes) if pooled else per_item()


def _note(old: str, new: str) -> None:
    warnings.warn(f"{old} of a declaration is {new} now", DeprecationWarning, stacklevel=4)
