"""Candidates whose predictions cannot belong to the targets: their races would say nothing."""

from collections.abc import Mapping

from lossctl.core.errors import DataError, LossctlError
from lossctl.core.loss import Array
from lossctl.core.spelling import option, some_of
from lossctl.engine.sources import ArraySource, Source
from lossctl.racing.raced_rows import NameRow
from lossctl.recommender.broken_pairs import OF_PROBABILITIES, faults_of
from lossctl.recommender.data_summary import summarize


class JudgedRows(ArraySource):
    """Predictions of the rows that are judged, which messages name as in their file."""

    def __init__(self, array: Array, rows: Array, where: NameRow | None) -> None:
        """Take the predictions, the numbers of their rows, and what names those of the file."""
        super().__init__(array, "predictions")
        self._rows, self._where = rows, where or super().where

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its row in the file."""
        place = self._where((int(self._rows[index[0]]), *index[1:]))
        # of arrays, whose rows are items elsewhere
        return f"row {place.removeprefix('item ')}" if place.startswith("item ") else place


def broken_candidates(
    predictions: Mapping[str, Source], targets: Array, *, of_classes: bool, read_as: str = "auto"
) -> dict[str, str]:
    """Return what is wrong with candidates, by the rules of ``check``.

    Parameters
    ----------
    predictions
        By name, of the rows that are judged.
    targets
        (n,) classes from 0, or values.
    of_classes
        Which of them.
    read_as
        What scores of classes are; ``auto`` looks.

    Raises
    ------
    DataError
        When it is all of them.
    """
    if targets.ndim > 1:
        return {}
    found = {}
    for name, source in predictions.items():
        sources: dict[str, Source] = {
            "targets": ArraySource(targets, "targets"),
            "predictions": source,
        }
        task = "classification" if of_classes else "regression"
        try:
            faults = faults_of(task, summarize(sources), sources, read_as=read_as)
        except LossctlError:  # such as infinities, of which the metric complains
            continue
        if faults:
            first = faults[0]
            found[name] = f"{first.message} ({first.code} {first.name})"
            if read_as == "auto" and first.code in {rule.code for rule in OF_PROBABILITIES}:
                found[name] += f"; if they are logits, say {option('input', 'logits')}"
    if found and len(found) == len(predictions):
        name, why = next(iter(found.items()))
        others = f"; the same of {some_of(list(found)[1:])}" if len(found) > 1 else ""
        raise DataError(f"{name}: {why}{others}")
    return found
