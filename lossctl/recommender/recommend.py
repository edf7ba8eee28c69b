"""`lossctl.recommend`: which loss, why, and what speaks against it, from answers and data."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from pathlib import Path
from textwrap import fill
from typing import Any

import yaml

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean
from lossctl.io.input_files import Inputs
from lossctl.recommender.loading import load_tree
from lossctl.recommender.measured import Measured
from lossctl.recommender.probe import probe
from lossctl.recommender.question import UNKNOWN, Keyword, KeywordError
from lossctl.recommender.questions import QUESTIONS
from lossctl.recommender.recommendation import Recommendation, advise
from lossctl.recommender.traverse import (
    check_answers,
    implied_task,
    missing,
    open_questions,
    settle,
)
from lossctl.recommender.tree import Tree

Ask = Callable[[Tree, dict[str, str], Measured], dict[str, str]]
"""Asks the open questions: given the answers so far and what was measured, returns all answers."""


def recommend(
    *,
    targets: Any = None,
    predictions: Any = None,
    groups: Any = None,
    answers: Any = None,
    no_input: bool = False,
    **questions: Any,
) -> Recommendation:
    """Recommend a loss, as `lossctl recommend` does.

    Parameters
    ----------
    targets, predictions, groups
        Data to measure, arrays or places to read them from (a file, ``FILE::COLUMN``): the
        targets, predictions for them (held out if possible), and a group for each item, which
        folds keep whole. What the data answer need not be said.
    answers
        Answers to start from: a mapping, or a YAML or JSON file of them.
    no_input
        Take what is not said as unknown, once the task is known.
    **questions
        Answers by question; ``"unknown"`` answers any.

        {questions}

    Returns
    -------
    Recommendation
        ``.loss``, ``.params``, ``.options``, ``.command``, ``.to_dict()``, ``.snippet(framework)``,
        ``.write(config)``.

    Raises
    ------
    UsageError
        For an unknown question or answer, or when too little is said.
    DataError
        For data that cannot be read, or cannot belong to the task.

    Examples
    --------
    >>> recommend(task="regression", metric="mae", outliers="some").spec
    'huber:delta=0.5'
    """
    named = {"targets": targets, "predictions": predictions, "groups": groups}
    data = {name: value for name, value in named.items() if value is not None}
    said = {name: str(value) for name, value in questions.items() if value is not None}
    return recommend_from(data, answers, said, no_input=no_input)


def recommend_from(
    data: Mapping[str, Any],
    answers: Any,
    said: Mapping[str, str],
    *,
    no_input: bool = False,
    ask: Ask | None = None,
) -> Recommendation:
    """Recommend a loss; `ask` is called for what neither answers nor data say."""
    tree = load_tree()
    known = _settled(tree, {**_given(tree, answers), **said})
    measured = _measure(tree, data, known)
    known = settle(tree, check_answers(tree, {**measured.answers, **known}))
    if ask is not None:
        known = ask(tree, known, measured) if open_questions(tree, known) else known
    elif not (no_input and "task" in known):
        _require_enough(tree, known, measured)
    files = {name: str(value) for name, value in data.items() if _is_place(value)}
    return advise(tree, known, measured, files)


def _settled(tree: Tree, said: Mapping[str, str]) -> dict[str, str]:
    answers = check_answers(tree, said)
    if "task" not in answers and (task := implied_task(tree, answers)):
        answers = {"task": task, **answers}
    return settle(tree, answers)


def _given(tree: Tree, answers: Any) -> dict[str, str]:
    """Return the answers of a mapping or a file, or of what ``to_dict`` gave."""
    where = f"{answers}: " if _is_place(answers) else ""
    loaded = _read(Path(answers)) if where else answers
    if isinstance(loaded, Mapping) and isinstance(loaded.get("answers"), Mapping):
        loaded = loaded["answers"]
    if loaded is None and not where:
        return {}
    if not isinstance(loaded, Mapping):
        raise UsageError(f"{where}expected answers such as task: classification")
    read = {}
    for name, value in loaded.items():
        key = str(name).replace("-", "_")
        if key not in tree.questions:
            hint = did_you_mean(key, tree.questions)
            raise UsageError(f"{where}there is no question {name!r}{hint}")
        read[key] = "none" if value is None else str(value)  # an empty entry says none
    return read


def _read(path: Path) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: no YAML: {' '.join(str(error).split())}") from None


def _is_place(value: Any) -> bool:
    return isinstance(value, str | Path)


def _measure(tree: Tree, data: Mapping[str, Any], said: Mapping[str, str]) -> Measured:
    if not data:
        return Measured()
    if "targets" not in data:
        raise KeywordError(Keyword(next(iter(data))), " needs ", Keyword("targets"))
    with Inputs(data) as inputs:
        return probe(tree, inputs.sources, said)


def _require_enough(tree: Tree, answers: Mapping[str, str], measured: Measured) -> None:
    """Refuse to recommend from too little, naming what must be said.

    Raises
    ------
    UsageError
        With the questions of which one each must be answered, and their answers.
    """
    groups = missing(tree, answers)
    if not groups:
        return
    branch = tree.branches.get(answers.get("task", UNKNOWN))
    parts: list[str] = []
    for group in groups:
        parts += "; and ", "one of " if len(group) > 1 else ""
        for at, question in enumerate(group):
            allowed = branch.allowed[question.id] if branch else question.answers
            parts += ", " if at else "", question.keyword, f" ({'|'.join(allowed)})"
    if branch:
        parts += "; ", Keyword("no_input"), " takes the rest as unknown"
    if "task" in measured.evidence:
        parts += ("; ", measured.evidence["task"])
    raise KeywordError("not enough is said: give ", *parts[1:])


def _name_questions(function: Any) -> None:
    """Name every question in the signature and the docstring, for ``help`` and completion."""
    declared = signature(function)
    own = [one for one in declared.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    asked = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=str | float | None if question.number else str | None,
        )
        for name, question in QUESTIONS.items()
    ]
    function.__signature__ = declared.replace(parameters=[*own, *asked])
    if function.__doc__:  # there is none under -OO
        indent = " " * 12
        texts = [
            f"{name}\n{fill(one.summary, 100, initial_indent=indent, subsequent_indent=indent)}"
            for name, one in QUESTIONS.items()
        ]
        function.__doc__ = function.__doc__.replace("{questions}", "\n        ".join(texts))


_name_questions(recommend)
