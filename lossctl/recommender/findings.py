"""What a probe gathers while it measures."""

from dataclasses import dataclass, field
from typing import Any

from lossctl.recommender.advice import Gain, Measured


@dataclass
class Findings:
    """Facts, answers with their evidence, variables, gains and notes."""

    facts: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, str] = field(default_factory=dict)
    evidence: dict[str, str] = field(default_factory=dict)
    variables: dict[str, float] = field(default_factory=dict)
    gains: list[Gain] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def fact(self, name: str, value: Any) -> None:
        """Keep a number or word; floats to six digits, as more are noise."""
        self.facts[name] = float(f"{value:.6g}") if isinstance(value, float) else value

    def answer(self, question: str, value: str, evidence: str) -> None:
        """Answer a question, with what was seen."""
        self.answers[question], self.evidence[question] = value, evidence

    def note(self, text: str) -> None:
        """Keep a remark."""
        self.notes.append(text)

    def measured(self) -> Measured:
        """Return what was found."""
        return Measured(
            self.facts, self.answers, self.evidence, self.variables, self.gains, self.notes
        )
