"""One question as the wizard shows it, in a menu or in lines, and how its answer is read."""

from dataclasses import dataclass
from enum import Enum

from lossctl.core.errors import UsageError
from lossctl.recommender.question import Question

FIRST = "This is the first question: there is nothing before it."


class Move(Enum):
    """What may be done instead of answering."""

    BACK = "back"
    QUIT = "quit"


@dataclass(frozen=True)
class Card:
    """One question as it is shown.

    Attributes
    ----------
    number, total
        Which question it is, and how many there will be at most.
    choices
        Answers and what they mean, the unsure one last.
    sofar
        What was said and measured already, a line each.
    usual
        The answer taken when nothing is said, or nothing.
    """

    question: Question
    number: int
    total: int
    choices: tuple[tuple[str, str], ...]
    sofar: tuple[str, ...]
    usual: str

    @property
    def start(self) -> int:
        """The choice a menu stands on first: what is taken when nothing is said."""
        names = [name for name, _ in self.choices]
        return names.index(self.usual) if self.usual in names else 0

    def read(self, text: str) -> str:
        """Read what was typed: the number of a choice, its name, or a number where that is asked.

        Raises
        ------
        UsageError
            For anything else, saying what may be typed.
        """
        names = [name for name, _ in self.choices]
        if text.isdecimal() and 1 <= int(text) <= len(names):
            return names[int(text) - 1]
        answer = self.question.read(text, names)
        if answer is not None:
            return answer
        if self.question.number:
            raise UsageError("Please give a number between 0 and 1.")
        raise UsageError(
            f"Please give a number from 1 to {len(names)}, or one of {', '.join(names)}."
        )
