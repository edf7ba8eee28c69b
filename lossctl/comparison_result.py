"""What :func:`lossctl.compare` answers: comparisons of models, in slices of the data too."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lossctl.core.result import SCHEMA_VERSION, Result, strict
from lossctl.core.spelling import some_of
from lossctl.uncertainty.comparison import Comparison
from lossctl.uncertainty.intervals import Limits

MOST_SAID = 3  # comparisons that a representation words


@dataclass(frozen=True)
class SliceComparison:
    """A comparison in one slice: the column or columns, the category, and the comparison.

    `interval` is that of the model's own value, None where there is none; of a slice whose rows are
    all alike `alike` says how many there are, else it is 0.
    """

    by: str
    name: str
    comparison: Comparison
    interval: Limits | None = None
    alike: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON data."""
        own = None if self.interval is None else list(self.interval)
        return {
            "by": self.by,
            "slice": self.name,
            **self.comparison.to_dict(),
            "value_interval": own,
        }


@dataclass(frozen=True, repr=False)
class Comparisons:
    """What :func:`lossctl.compare` answers.

    Attributes
    ----------
    comparisons
        One for each loss and each model but the baseline.
    results
        The values themselves, with how the files were read: for each loss, every model.
    notes
        What there is to say about the data.
    gates
        Of each comparison, by a one-sided test: ``worse``, ``not worse`` or ``undecided``.
    slices
        For each comparison, those of slices of the data; p-values are adjusted for all of them.
    margin
        The largest difference that does not matter, as it was given.
    letters
        By loss and model, of three models or more: models that share a letter do not differ by p,
        corrected for every pair of models. The best model comes first.
    """

    comparisons: tuple[Comparison, ...]
    results: Mapping[str, tuple[Result, ...]]
    notes: tuple[str, ...]
    gates: tuple[str, ...]
    slices: tuple[tuple[SliceComparison, ...], ...] = ()
    margin: float | str = 0.0
    letters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Describe each comparison in a few words."""
        said = [
            f"{each.loss} of {each.model} {each.verdict} than {each.baseline}"
            if each.verdict in {"better", "worse"}
            else f"{each.loss} of {each.model} and {each.baseline} {each.verdict}"
            for each in self.comparisons
        ]
        slices = sum(map(len, self.slices))
        return f"<Comparisons {some_of(said, MOST_SAID)}{f', {slices} slices' if slices else ''}>"

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks."""
        from lossctl.core.notebook import html_page  # noqa: PLC0415 - notebooks only

        return html_page(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparisons as strict JSON data."""
        comparisons = [each.to_dict() for each in self.comparisons]
        for data, slices in zip(comparisons, self.slices, strict=False):
            if slices:
                data["slices"] = [one.to_dict() for one in slices]
        letters = {name: dict(of_models) for name, of_models in self.letters.items()}
        return {
            "schema_version": SCHEMA_VERSION,
            "comparisons": strict(comparisons),
            "results": {
                name: [result.to_dict() for result in results]
                for name, results in self.results.items()
            },
            "notes": list(self.notes),
            **({"letters": letters} if letters else {}),
        }

    def to_frame(self) -> Any:
        """Return the comparisons as a pandas frame, one row each."""
        from lossctl.core.notebook import frame  # noqa: PLC0415 - when asked

        rows = [each.to_dict() for each in self.comparisons]
        return frame(list(rows[0]), [list(row.values()) for row in rows])
