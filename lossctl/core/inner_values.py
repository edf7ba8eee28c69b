"""The values inside a result: those of its classes, slices and parts, by name."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lossctl.core.spec import param
from lossctl.core.spelling import visible


class Inner(NamedTuple):
    """A value inside a result, and what else is known of it.

    `name` is LABEL.PART, `part` is the PART alone.
    """

    name: str
    value: float
    facts: Mapping[str, str]
    part: str


def inner_values(
    label: str, classes: Sequence[Any], slices: Sequence[Any], parts: Sequence[Any]
) -> list[Inner]:
    """Return the values inside a result: see :meth:`lossctl.Result.inner_values`."""
    found: list[tuple[str, float, Mapping[str, str]]] = []
    for name, each in zip(_class_names(classes), classes, strict=True):
        facts = {"class": str(each.index), "target_mass": param(each.mass)}
        found.append((f"class.{visible(name)}", each.value, facts))
    found += [(slice_title(one.by, one.name), one.value, {"n": str(one.n)}) for one in slices]
    for part in parts:
        facts = {"loss": part.loss, "weight": param(part.weight)}
        found.append((part.name, part.value, facts))
    return [Inner(f"{label}.{part}", value, facts, part) for part, value, facts in found]


def _class_names(classes: Sequence[Any]) -> list[str]:
    names = [each.name or str(each.index) for each in classes]
    return names if len(set(names)) == len(names) else [str(each.index) for each in classes]


def slice_title(by: str, name: str) -> str:
    """Return what a slice is called: the column and the category."""
    return f"{visible(by)}={visible(name)}"
