"""What a rule is: one function of what is known of the data, with a declaration."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any, TypeAlias

from lossctl.checks.facts import NEEDS, Facts
from lossctl.checks.finding import SEVERITIES, Finding, Severity
from lossctl.core.errors import UsageError
from lossctl.core.lazy import record

MOST_ROWS = 10  # that a finding names


@record(frozen=True)
class Seen:
    """What a rule saw.

    Attributes
    ----------
    message
        What was seen, in a sentence without a full stop, with its numbers.
    evidence
        The numbers, by name.
    rows
        Rows that show it; the first few are named.
    remedy, command
        What to do, and a command that does it; of the rule's page, and empty, where not given.
    severity
        Where it differs from the rule's.
    named
        Whether the message names the rows already.
    """

    message: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[int] = ()
    remedy: str = ""
    command: str = ""
    severity: Severity | None = None
    named: bool = False


@record(frozen=True)
class Page:
    """What a reader learns about a rule: ``lossctl explain CODE`` prints it.

    Attributes
    ----------
    what
        What it finds, in a sentence.
    why
        Why that is a mistake, and what it does to the loss.
    example
        Lines of code that make the mistake.
    remedy
        What to do, in a sentence.
    reference
        Where to read on: an address, ``arXiv:…`` or ``doi:…``.
    evidence
        How it is told from data that is fine.
    """

    what: str
    why: str
    example: str
    remedy: str
    reference: str
    evidence: str = ""


Function: TypeAlias = Callable[[Facts], Seen | Iterable[Seen] | None]


@record(frozen=True)
class Rule:
    """One rule: its declaration and its function.

    Attributes
    ----------
    code, name
        ``LC101`` and ``softmax-twice``; neither ever changes.
    severity
        Of what it finds, where it does not say otherwise.
    needs
        What must be known before it is asked, words of ``facts.NEEDS``.
    """

    code: str
    name: str
    severity: Severity
    page: Page
    function: Function
    needs: Sequence[str] = ()

    def __post_init__(self) -> None:
        """Check the declaration."""
        if self.severity not in SEVERITIES:
            raise UsageError(f"rule {self.code}: severity must be one of {', '.join(SEVERITIES)}")
        if unknown := [word for word in self.needs if word not in NEEDS]:
            raise UsageError(
                f"rule {self.code}: needs {unknown[0]!r}, which is none of {', '.join(NEEDS)}"
            )

    def findings(self, facts: Facts) -> list[Finding]:
        """Return what it finds; a rule that raises is a fault, and is not caught."""
        seen = self.function(facts)
        several = [] if seen is None else list(seen) if isinstance(seen, Iterable) else [seen]
        if not all(isinstance(one, Seen) for one in several):
            raise UsageError(
                f"rule {self.code} returned {seen!r:.60}; it must be Seen(…), a list, None"
            )
        return [
            Finding(
                self.code,
                self.name,
                one.severity or self.severity,
                one.message,
                one.evidence,
                [int(row) for row in one.rows[:MOST_ROWS]],
                one.remedy or self.page.remedy,
                one.command,
                [] if one.named else [facts.where(int(row)) for row in one.rows[:MOST_ROWS]],
            )
            for one in several
        ]


def rule(
    code: str, name: str, severity: Severity, page: Page, needs: Sequence[str] = ()
) -> Callable[[Function], Rule]:
    """Make a rule of a function; the decorator of every rule."""

    def declared(function: Function) -> Rule:
        return Rule(code, name, severity, page, function, needs)

    return declared
