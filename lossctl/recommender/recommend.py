"""`lossctl.recommend`: which loss, why, and its drawbacks, from answers and data."""

from collections.abc import Callable, Mapping
from inspect import Parameter, signature
from pathlib import Path
from textwrap import fill
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean
from lossctl.engine.arrays import require_one_order
from lossctl.engine.bind.class_names import number_targets, require_columns_alike
from lossctl.engine.sources import Source, is_text, names_of
from lossctl.io.input_files import Inputs
from lossctl.io.opening import TableOptions, require_decimal
from lossctl.objective.yaml_nodes import as_plain, described, read_documents
from lossctl.recommender.data_summary import Measurements, class_axis
from lossctl.recommender.decision_tree import Tree, load_tree
from lossctl.recommender.probe import probe
from lossctl.recommender.question import UNKNOWN, Keyword, KeywordError
from lossctl.recommender.questions import QUESTIONS
from lossctl.recommender.recommendation import Recommendation, advise
from lossctl.recommender.traverse import (
    apply_implied_answers,
    check_answers,
    implied_task,
    missing,
    open_questions,
)

Ask = Callable[[Tree, dict[str, str], Measurements], dict[str, str]]
"""Asks the open questions: given the answers so far and the measurements, returns all answers."""


def recommend(
    *,
    targets: Any = None,
    predictions: Any = None,
    groups: Any = None,
    answers: Any = None,
    no_input: bool = False,
    decimal: str | None = None,
    **questions: Any,
) -> Recommendation:
    """Recommend a loss, as `lossctl recommend` does.

    Parameters
    ----------
    targets, predictions, groups
        Data to measure, arrays or places to read them from (a file, ``FILE::COLUMN``): the
        targets, predictions for them (held out if possible), and a group for each item, which
        folds keep whole. Questions that the data answer can be left out.
    answers
        Answers to start from: a mapping, or a YAML or JSON file of them.
    no_input
        Treat open questions as unknown, once the task is known.
    decimal
        Decimal separator of the numbers in text tables: a point, or ``","``.
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
    stated = {name: str(value) for name, value in questions.items() if value is not None}
    return recommend_from(data, answers, stated, no_input=no_input, decimal=decimal)


def recommend_from(
    data: Mapping[str, Any],
    answers: Any,
    stated: Mapping[str, str],
    *,
    no_input: bool = False,
    ask: Ask | None = None,
    decimal: str | None = None,
) -> Recommendation:
    """Recommend a loss; `ask` is called for what neither answers nor data say."""
    tree = load_tree()
    known = _with_implied_answers(tree, {**_answers_of(tree, answers), **stated})
    measured = _measure(tree, data, known, decimal)
    known = apply_implied_answers(tree, check_answers(tree, {**measured.answers, **known}))
    if ask is not None:
        known = ask(tree, known, measured) if open_questions(tree, known) else known
    elif not (no_input and "task" in known):
        _require_enough(tree, known, measured)
    files = {name: str(value) for name, value in data.items() if _is_place(value)}
    return advise(tree, known, measured, files, decimal)


def _with_implied_answers(tree: Tree, stated: Mapping[str, str]) -> dict[str, str]:
    answers = check_answers(tree, stated)
    if "task" not in answers and (task := implied_task(tree, answers)):
        answers = {"task": task, **answers}
    return apply_implied_answers(tree, answers)


def _answers_of(tree: Tree, answers: Any) -> dict[str, str]:
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
        if isinstance(value, Mapping | list | tuple | set):  # which may be very long
            raise UsageError(f"{where}{name} must be one answer, got {described(value)}")
        read[key] = "none" if value is None else str(value)  # an empty entry says none
    return read


def _read(path: Path) -> Any:
    documents = read_documents(path, "file of answers")
    if len(documents) > 1:
        raise UsageError(f"{path}: holds {len(documents)} documents, not one")
    return as_plain(documents[0]) if documents else None


def _is_place(value: Any) -> bool:
    return isinstance(value, str | Path)


def _measure(
    tree: Tree, data: Mapping[str, Any], stated: Mapping[str, str], decimal: str | None
) -> Measurements:
    require_decimal(decimal)
    if not data:
        return Measurements()
    if "targets" not in data:
        raise KeywordError(Keyword(next(iter(data))), " needs ", Keyword("targets"))
    require_one_order(data)
    with Inputs(data, TableOptions(decimal=decimal)) as inputs:
        require_columns_alike(inputs.sources)
        sources, notes, positive = _without_text(inputs.sources)
        place = str(data["targets"]) if _is_place(data["targets"]) else ""
        words = is_text(inputs.sources["targets"])
        measured = probe(tree, sources, stated, place=place, words=words)
        measured.notes[:0] = [*inputs.notes, *notes]
        if positive is not None:
            measured.fact("positive", positive)
        return measured


def _without_text(sources: dict[str, Source]) -> tuple[dict[str, Source], list[str], str | None]:
    """Return the data with numbers in place of text, what is said of that, the positive label."""
    if not any(map(is_text, sources.values())):
        return sources, [], None
    from lossctl.engine.text_labels import in_order, recoded, text_of  # noqa: PLC0415

    numbered = dict(sources)
    if (groups := text_of(sources.get("groups"))) is not None:
        numbered["groups"] = recoded(sources["groups"], in_order(groups))
    scores, targets = sources.get("predictions"), sources["targets"]
    axis = None if scores is None else class_axis(targets.shape, scores.shape)
    columns, names = 0, list[str]()
    if scores is not None and axis is not None:
        columns, names = scores.shape[axis], list(names_of(scores))
    numbered["targets"], note, labels = number_targets(targets, columns, names)
    positive = labels[1] if len(labels) == 2 and not columns else None
    return numbered, [] if note is None else [note], positive


def _require_enough(tree: Tree, answers: Mapping[str, str], measured: Measurements) -> None:
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
        parts += "; ", Keyword("no_input"), " treats the others as unknown"
    if "task" in measured.evidence:
        parts += ("; ", measured.evidence["task"])
    raise KeywordError("more answers are needed: give ", *parts[1:])


def _name_questions(function: Any) -> None:
    """Name every question in the signature and the docstring, for ``help`` and completion."""
    declared = signature(function)
    before_questions = [
        parameter
        for parameter in declared.parameters.values()
        if parameter.kind is not Parameter.VAR_KEYWORD
    ]
    of_questions = [
        Parameter(
            name,
            Parameter.KEYWORD_ONLY,
            default=None,
            annotation=str | float | None if question.number else str | None,
        )
        for name, question in QUESTIONS.items()
    ]
    function.__signature__ = declared.replace(parameters=[*before_questions, *of_questions])
    if function.__doc__:  # there is none under -OO
        indent = " " * 12
        texts = [
            f"{name}\n{fill(asked.summary, 100, initial_indent=indent, subsequent_indent=indent)}"
            for name, asked in QUESTIONS.items()
        ]
        function.__doc__ = function.__doc__.replace("{questions}", "\n        ".join(texts))


_name_questions(recommend)
