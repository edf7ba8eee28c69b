"""What a check answers: findings, the rules that passed, and those that were skipped and why."""

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal, NamedTuple, TypeAlias

from lossctl.core.lazy import record
from lossctl.core.result import finite_or_none

Severity: TypeAlias = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
SCHEMA_VERSION = 1


@record(frozen=True)
class Finding:
    """One mistake that a rule found.

    Attributes
    ----------
    code, name
        Of the rule: ``LC101``, ``softmax-twice``.
    severity
        ``error`` (the value means nothing), ``warning`` (it is probably not what was wanted) or
        ``info``.
    message
        What was seen, in a sentence.
    evidence
        The numbers behind it, by name.
    rows
        Numbers of rows that show it, from 0; a few of them.
    remedy
        What to do, in a sentence.
    command
        A command that does it; empty where none can.
    places
        What messages call the rows: ``data row 4`` of a table, ``item 3`` of an array. Empty where
        the message names them.
    """

    code: str
    name: str
    severity: Severity
    message: str
    evidence: Mapping[str, Any]
    rows: Sequence[int]
    remedy: str
    command: str
    places: Sequence[str] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data, which has the rows by number alone."""
        evidence = {name: _plain(value) for name, value in self.evidence.items()}
        data = {**vars(self), "evidence": evidence, "rows": [int(row) for row in self.rows]}
        del data["places"]
        return data


class Skipped(NamedTuple):
    """A rule that says nothing, and why."""

    code: str
    why: str


@record(frozen=True)
class Report:
    """What the rules say of predictions, targets and a loss.

    Attributes
    ----------
    findings
        By severity, causes before their symptoms.
    passed
        Codes of the rules that found nothing.
    skipped
        Rules that were not asked or not heard, with the reason.
    description
        What the data look like, by name: task, kind of the predictions, classes, balance, chance.
    fitting
        Losses that fit the data, the recommended one first; only where no loss was given.
    values
        The value of each loss that was given and could be evaluated, by its spec.
    refusal
        Why the loss has no value, where it was given and has none.
    """

    findings: Sequence[Finding]
    passed: Sequence[str] = ()
    skipped: Sequence[Skipped] = ()
    description: Mapping[str, Any] = field(default_factory=dict)
    fitting: Sequence[str] = ()
    values: Mapping[str, float] = field(default_factory=dict)
    refusal: str = ""

    @property
    def worst(self) -> Severity | None:
        """The greatest severity there is, None for no finding."""
        return min((each.severity for each in self.findings), key=SEVERITIES.index, default=None)

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks."""
        from lossctl.core.notebook import html_page  # noqa: PLC0415 - notebooks only

        return html_page(self)

    def to_dict(self) -> dict[str, Any]:
        """Return it as strict JSON data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "findings": [each.to_dict() for each in self.findings],
            "passed": list(self.passed),
            "skipped": [each._asdict() for each in self.skipped],
            "description": {name: _plain(value) for name, value in self.description.items()},
            "fitting": list(self.fitting),
            "values": {name: _plain(value) for name, value in self.values.items()},
            "refusal": self.refusal or None,
        }


def _plain(value: Any) -> Any:
    """Return a number, text, or list or mapping of them as JSON has it."""
    if isinstance(value, Mapping):
        return {str(name): _plain(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if value is None or isinstance(value, str | bool):
        return value
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    return value if isinstance(value, int) else finite_or_none(float(value))
