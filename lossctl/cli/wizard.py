"""The questions of `lossctl recommend` on a terminal: menus, or numbered lines for `--plain`."""

import os
import sys
from collections.abc import Callable, Mapping
from shutil import get_terminal_size
from textwrap import fill

import typer

from lossctl.cli.card import FIRST, Card, Move
from lossctl.core.errors import UsageError
from lossctl.core.spelling import visible
from lossctl.recommender.data_summary import Measurements
from lossctl.recommender.decision_tree import Tree
from lossctl.recommender.invocation import recommend_command
from lossctl.recommender.question import UNKNOWN, Question
from lossctl.recommender.traverse import check_answers, open_questions

UNSURE = "I don't know, or it does not matter"


def ask_all(
    tree: Tree,
    answers: Mapping[str, str],
    measured: Measurements,
    data: Mapping[str, str],
    *,
    plain: bool,
) -> dict[str, str]:
    """Ask every open question; return all answers. `data` are the files that were measured.

    Raises
    ------
    typer.Abort
        When the user leaves; the command that goes on from there is printed first.
    """
    ask = _asker(plain=plain)
    said = dict(answers)
    asked: list[str] = []
    while questions := open_questions(tree, said):
        question = questions[0]
        card = _card(tree, question, said, measured, len(asked) + 1)
        reply = ask(card)
        if reply is Move.QUIT:
            sys.stderr.write(f"go on with: {recommend_command(said, data)}\n")
            raise typer.Abort
        if reply is Move.BACK:
            if asked:
                _forget(said, asked.pop(), asked, answers)
            continue
        said[question.id] = str(reply)
        asked.append(question.id)
    return check_answers(tree, said)


def _forget(said: dict[str, str], name: str, asked: list[str], given: Mapping[str, str]) -> None:
    """Take an answer back; with the task go all answers that belong to it."""
    for key in list(said):
        if key == name or (name == "task" and key not in given and key not in asked):
            del said[key]


def _card(
    tree: Tree, question: Question, said: Mapping[str, str], measured: Measurements, number: int
) -> Card:
    branch = tree.branches.get(said.get("task", UNKNOWN))
    names = branch.allowed[question.id] if branch else tuple(question.answers)
    choices = [(name, question.answers[name]) for name in names]
    if question.skippable:
        choices.append((UNKNOWN, UNSURE))
    lines = []
    for name, text in measured.evidence.items():
        if name in said:
            lines.append(f"{name} {said[name]}: {text}")
    by_hand = [value for name, value in said.items() if name not in measured.evidence]
    if by_hand:
        lines.append(" · ".join(by_hand))
    left = len(open_questions(tree, said)) if branch else 4
    total, usual = number - 1 + left, tree.usual(question.id)
    return Card(question, number, total, tuple(choices), tuple(lines), usual)


def _asker(*, plain: bool) -> Callable[[Card], str | Move]:
    if plain or os.environ.get("TERM", "dumb") in {"dumb", ""}:
        return ask_in_lines
    from lossctl.cli.menu import ask_in_a_menu

    return ask_in_a_menu


def ask_in_lines(card: Card) -> str | Move:
    """Ask with numbered lines and read a line: nothing is redrawn."""
    question = card.question
    lines = [*card.sofar] if card.number == 1 else []
    lines.append(f"Question {card.number}. {question.ask}")
    lines += [
        f"{at}: {name}, {text}{' (usual)' if name == card.usual else ''}"
        for at, (name, text) in enumerate(card.choices, 1)
    ]
    _tell(*lines)
    while True:
        sys.stderr.write("Number or answer (? why, b back, q quit): ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        text = line.strip()
        if not line or text in {"q", "quit"}:
            sys.stderr.write("\n" if not line else "")
            return Move.QUIT
        if text in {"b", "back"}:
            if card.number > 1:
                return Move.BACK
            _tell(FIRST)
            continue
        if text == "?":
            _tell(question.why)
            continue
        if text:
            try:
                return card.read(text)
            except UsageError as error:
                _tell(str(error))


def _tell(*lines: str) -> None:
    width = get_terminal_size().columns
    sys.stderr.writelines(fill(visible(line), width) + "\n" for line in lines)
