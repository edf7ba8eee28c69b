"""The questions of `lossctl recommend` on a terminal, one after the other, and in lines."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from shutil import get_terminal_size
from textwrap import fill

import typer

from lossctl.cli.output import remark
from lossctl.core.errors import UsageError
from lossctl.core.spelling import visible
from lossctl.recommender.data_summary import Measurements
from lossctl.recommender.decision_tree import Tree
from lossctl.recommender.invocation import recommend_command
from lossctl.recommender.question import UNKNOWN, Question
from lossctl.recommender.traverse import check_answers, open_questions

FIRST = "This is the first question: there is nothing before it."
UNSURE = "I don't know, or it does not matter"


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


def ask_all(
    tree: Tree,
    answers: Mapping[str, str],
    measured: Measurements,
    data: Mapping[str, str],
    *,
    ask_one: Callable[[Card], str | Move],
) -> dict[str, str]:
    """Ask every open question; return all answers. `data` are the files that were measured.

    `ask_one` shows a question, as a menu or in lines.

    Raises
    ------
    typer.Abort
        When the user leaves; the command that goes on from there is printed first.
    """
    answered = dict(answers)
    asked: list[str] = []
    while questions := open_questions(tree, answered):
        question = questions[0]
        card = _card(tree, question, answered, measured, len(asked) + 1)
        reply = ask_one(card)
        if reply is Move.QUIT:
            remark(visible(f"go on with: {recommend_command(answered, data)}") + "\n")
            raise typer.Abort
        if reply is Move.BACK:
            if asked:
                _forget(answered, asked.pop(), asked, answers)
            continue
        answered[question.id] = str(reply)
        asked.append(question.id)
    return check_answers(tree, answered)


def _forget(
    answered: dict[str, str], name: str, asked: list[str], from_start: Mapping[str, str]
) -> None:
    """Take an answer back; with the task go all answers that belong to it."""
    for key in list(answered):
        if key == name or (name == "task" and key not in from_start and key not in asked):
            del answered[key]


def _card(
    tree: Tree, question: Question, answered: Mapping[str, str], measured: Measurements, number: int
) -> Card:
    branch = tree.branches.get(answered.get("task", UNKNOWN))
    names = branch.allowed[question.id] if branch else tuple(question.answers)
    choices = [(name, question.answers[name]) for name in names]
    if question.skippable:
        choices.append((UNKNOWN, UNSURE))
    lines = []
    for name, text in measured.evidence.items():
        if name in answered:
            lines.append(f"{name} {answered[name]}: {text}")
    by_hand = [value for name, value in answered.items() if name not in measured.evidence]
    if by_hand:
        lines.append(" · ".join(by_hand))
    left = len(open_questions(tree, answered)) if branch else 4
    total, usual = number - 1 + left, tree.usual(question.id)
    return Card(question, number, total, tuple(choices), tuple(lines), usual)


def lines_only(*, plain: bool) -> bool:
    """Whether questions are numbered lines: because that is wanted, or no menu can be drawn."""
    return plain or os.environ.get("TERM", "dumb") in {"dumb", ""}


def ask_in_lines(card: Card) -> str | Move:
    """Ask with numbered lines and read a line: nothing is redrawn."""
    question = card.question
    lines = [*card.sofar] if card.number == 1 else []
    lines.append(f"Question {card.number}. {question.ask}")
    lines += [
        f"{at}: {name}, {text}{' (usual)' if name == card.usual else ''}"
        for at, (name, text) in enumerate(card.choices, 1)
    ]
    _write(*lines)
    while True:
        remark("Number or answer (? why, b back, q quit): ")
        line = sys.stdin.readline()
        text = line.strip()
        if not line or text in {"q", "quit"}:
            remark("\n" if not line else "")
            return Move.QUIT
        if text in {"b", "back"}:
            if card.number > 1:
                return Move.BACK
            _write(FIRST)
            continue
        if text == "?":
            _write(question.why)
            continue
        if text:
            try:
                return card.read(text)
            except UsageError as error:
                _write(str(error))


def _write(*lines: str) -> None:
    width = get_terminal_size().columns
    remark("".join(fill(visible(line), width) + "\n" for line in lines))
