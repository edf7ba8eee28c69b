"""Labels that stand for no class: found by the channels of the predictions, and left out."""

import numpy as np

from lossctl.recommender.data_summary import IGNORED, Scan, class_axis
from lossctl.recommender.measured import Measured

MARKS = {-1.0, 255.0}  # labels that mark what is left out even where there are but 0 and 1


def channels(found: Scan) -> int | None:
    """Return how many classes the predictions score, or None where there is one score a target."""
    if found.score_shape is None:
        return None
    axis = class_axis(found.shape, found.score_shape)
    return None if axis is None else found.score_shape[axis]


def leave_out(found: Scan, out: Measured) -> None:
    """Take labels without a class out of what was scanned, and say so.

    The commonest is the label to ignore; further ones are named, as one alone can be ignored.
    """
    strange = _strange(found, out)
    if found.ignored:
        out.fact("ignored", found.ignored)
    if strange:
        assert found.distinct is not None  # noqa: S101 - they come from it
        counts = {label: found.distinct.pop(label) for label in strange}
        found.moments.count -= sum(counts.values())
        if found.ignored:
            counts[IGNORED] = found.ignored
        label = max(counts, key=lambda one: counts[one])
        found.moments.low, found.moments.high = min(found.distinct), max(found.distinct)
        out.fact("ignored_label", int(label))
        out.fact("ignored", sum(counts.values()))
        out.note(f"{counts[label]} targets are {label:g}, which no class stands for: ignored")
        if others := [f"{one:g}" for one in counts if one != label]:
            out.note(
                f"targets {', '.join(others)} have no class either, but one label can be ignored: "
                f"save them as {label:g}"
            )
    if found.moments.integral and found.distinct is not None:
        found.targets = np.where(np.isin(found.targets, [*strange, IGNORED]), np.nan, found.targets)


def _strange(found: Scan, out: Measured) -> list[float]:
    if found.distinct is None or not found.moments.integral:
        return []
    labels = sorted(found.distinct)
    classes = channels(found)
    if classes is None:
        single = len(found.shape) >= 3 and found.score_shape == found.shape
        rest = [label for label in labels if label not in MARKS]
        return [label for label in labels if label in MARKS] if single and rest == [0, 1] else []
    if labels and labels[0] == 1 and labels[-1] == classes:
        out.fact("first_label", 1)
        return []
    if len(labels) == classes == 2:
        return []  # two classes under other names, such as -1 and 1
    strange = [label for label in labels if not 0 <= label < classes]
    return strange if len(strange) < len(labels) else []
