"""What a gate or a check comes to, as the reports for CI systems take it, whatever made it."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, TypeAlias

from lossctl.core.lazy import record
from lossctl.core.spelling import plural

OutcomeStatus: TypeAlias = Literal["passed", "failed", "warning", "undecided", "skipped"]
Level: TypeAlias = Literal["error", "warning", "none"]


@record(frozen=True)
class Outcome:
    """One thing that was tested, and what came out.

    Attributes
    ----------
    title
        What was tested, the same in every run: ``mse at most 0.5``.
    status
        ``passed``, ``failed``, ``warning``, ``undecided`` or ``skipped``.
    message
        What was seen, in one sentence.
    group
        What it belongs to: a command, a document, a family of checks.
    file, line
        Where it was asked for; None where it was on the command line.
    required
        Whether the command fails where it is undecided.
    code
        The code of the rule that was asked; empty for what is no rule.
    """

    title: str
    status: OutcomeStatus
    message: str
    group: str = ""
    file: str | None = None
    line: int | None = None
    required: bool = False
    code: str = ""

    @property
    def level(self) -> Level:
        """``error`` of what fails the command, ``warning`` of what somebody should look at."""
        if self.status == "failed" or (self.status == "undecided" and self.required):
            return "error"
        return "warning" if self.status in {"warning", "undecided"} else "none"

    @property
    def where(self) -> str:
        """The place as ``file:line``; empty where there is none."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"


class Summary(NamedTuple):
    """Everything a command has to report.

    Attributes
    ----------
    title
        The command: ``lossctl compute``.
    outcomes
        In the order in which they are shown.
    details
        The answer of the command in Markdown, harmless already; empty for none.
    sections
        What makes the sections of a page that shows everything; None where there is no more.
    command
        The command line that was run; empty for none.
    """

    title: str
    outcomes: Sequence[Outcome]
    details: str = ""
    sections: Callable[[], Any] | None = None
    command: str = ""

    def count(self, *statuses: OutcomeStatus) -> int:
        """Return how many outcomes have one of these statuses."""
        return sum(outcome.status in statuses for outcome in self.outcomes)

    @property
    def words(self) -> str:
        """Say how many failed, are undecided and passed: ``1 failed, 2 passed``."""
        statuses: tuple[OutcomeStatus, ...]
        statuses = ("failed", "undecided", "warning", "skipped", "passed")
        counts = {status: self.count(status) for status in statuses}
        said = [
            plural(count, status) if status == "warning" else f"{count} {status}"
            for status, count in counts.items()
            if count
        ]
        return ", ".join(said) or "nothing was tested"
