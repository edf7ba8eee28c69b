"""What a notebook shows of an answer: the content of its page, without the script."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lossctl.report.html import contents
from lossctl.report.html.page import as_fragment
from lossctl.report.html.section import Section

CONTENTS: Mapping[str, Callable[[Any], Sequence[Section]]] = {
    "Result": lambda result: contents.of_results([result]),
    "ObjectiveResult": lambda result: contents.of_objectives([result]),
    "Comparisons": contents.of_comparisons,
    "Report": contents.of_report,
    "Calibration": contents.of_calibration,
    "Recommendation": contents.of_advice,
    "Race": contents.of_race,
    "WorstSlices": contents.of_worst_slices,
}


def shown(answer: Any) -> str:
    """Write an answer for a notebook."""
    return as_fragment(CONTENTS[type(answer).__name__](answer))
