"""What is measured from data, and what steps after training would gain."""

import math
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Gain:
    """What one step after training gained on held-out folds of the given predictions.

    Attributes
    ----------
    metric, before, after, error
        The metric's name, its mean over folds without and with the step, and the standard error
        of the difference.
    better
        Whether the gain is more than twice its error and worth having.
    setting
        What was fitted, in words: ``threshold 0.12``.
    """

    step: str
    metric: str
    before: float
    after: float
    error: float
    better: bool
    setting: str

    def to_dict(self) -> dict[str, Any]:
        """Return the gain as data."""
        error = self.error if math.isfinite(self.error) else None
        return {**vars(self), "error": error}


@dataclass
class Measured:
    """What is measured from data, gathered bit by bit.

    Attributes
    ----------
    facts
        Numbers and words by name.
    answers, evidence
        Questions the data answer, and in words why.
    variables
        Values of the variables of the tree, such as ``$delta``.
    gains
        What steps after training would gain.
    notes
        Remarks, such as contradictions between an option and the data.
    forced
        Answers in which the shapes leave no choice, whatever was said: two scores an item are read
        as several classes.
    shapes
        Inputs that a loss can read only in another shape, and that shape.
    class_axis
        The axis of the predictions that holds a score of each class, or None.
    ranges
        The least and the greatest value of inputs.
    unread
        Inputs that no loss of the task can read, and why.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    variables: dict[str, float] = field(default_factory=dict)
    gains: list[Gain] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    forced: dict[str, str] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    class_axis: int | None = None
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    unread: dict[str, str] = field(default_factory=dict)

    def fact(self, name: str, value: Any) -> None:
        """Keep a number or word; floats to six digits, as more are noise."""
        self.facts[name] = float(f"{value:.6g}") if isinstance(value, float) else value

    def answer(self, question: str, value: str, evidence: str) -> None:
        """Answer a question, with what was seen."""
        self.answers[question], self.evidence[question] = value, evidence

    def note(self, text: str) -> None:
        """Keep a remark."""
        self.notes.append(text)
