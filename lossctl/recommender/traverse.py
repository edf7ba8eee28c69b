"""From answers to a leaf of the tree: pure functions; nothing here asks, prints or measures."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean
from lossctl.recommender.decision_tree import Addition, Branch, BranchRule, Leaf, Tree
from lossctl.recommender.question import UNKNOWN, Keyword, KeywordError, Question

Answers = Mapping[str, str]


@dataclass(frozen=True)
class TreePath:
    """Where answers lead.

    Attributes
    ----------
    leaf
        What is recommended.
    guide
        What the published guides say, their dead ends repaired; the same leaf where they agree.
    addition
        What constraints add, or None.
    unanswered
        Questions that could have refined the answer.
    """

    answers: Answers
    leaf: Leaf
    guide: Leaf
    addition: Addition | None
    unanswered: tuple[str, ...]


def check_answers(tree: Tree, answers: Answers) -> dict[str, str]:
    """Return the answers in normal form.

    Raises
    ------
    UsageError
        For an unknown question or answer, with the nearest one, or a question of another task.
    """
    for name in answers:
        if name not in tree.questions:
            hint = did_you_mean(name, tree.questions) or f"; there are {', '.join(tree.questions)}"
            raise UsageError(f"there is no question {name!r}{hint}")
    task = _check(tree.questions["task"], answers["task"]) if "task" in answers else UNKNOWN
    branch = tree.branches.get(task)
    checked = {"task": task} if branch else {}
    for name, text in answers.items():
        if name == "task":
            continue
        question = tree.questions[name]
        if branch is None:
            checked[name] = _check(question, text)
        elif name in branch.allowed:
            checked[name] = _check(question, text, branch)
        else:
            asked = listed(question.keyword for question in tree.questions_of(branch))
            raise KeywordError(question.keyword, f" is not asked for {task}, which takes ", *asked)
    return checked


def implied_task(tree: Tree, answers: Answers) -> str | None:
    """Return the one task whose branch asks all these questions and allows these answers."""
    stated = {name: value for name, value in answers.items() if name != "task"}
    tasks = [
        branch.id
        for branch in tree.branches.values()
        if all(
            name in branch.allowed
            and (value in {*branch.allowed[name], UNKNOWN} or tree.questions[name].number)
            for name, value in stated.items()
        )
    ]
    return tasks[0] if stated and len(tasks) == 1 else None


def _check(question: Question, text: str, branch: Branch | None = None) -> str:
    known = branch.allowed[question.id] if branch else tuple(question.answers)
    value = question.read(text, {*known, UNKNOWN})
    if value is not None:
        return value
    if question.number:
        raise KeywordError(question.keyword, f" must be a number between 0 and 1, got {text!r}")
    where = f" for {branch.id}" if branch else ""
    hint = did_you_mean(text.strip().lower(), known)
    raise KeywordError(
        question.keyword,
        f"{where} must be one of {', '.join(known)} or unknown, got {text!r}{hint}",
    )


def listed(words: Iterable[str], between: str = ", ") -> Iterator[str]:
    """Yield words with something between."""
    for at, word in enumerate(words):
        yield from (between, word) if at else (word,)


def applies(branch: Branch, name: str, answers: Answers) -> bool:
    """Whether a question makes sense after the answers so far."""
    conditions = branch.only_if.get(name)
    return conditions is None or any(_holds(condition, answers) for condition in conditions)


def settled(branch: Branch, name: str, answers: Answers) -> bool:
    """Whether a question would change nothing after the answers so far."""
    return any(_holds(condition, answers) for condition in branch.settled.get(name, ()))


def apply_implied_answers(tree: Tree, answers: Answers) -> dict[str, str]:
    """Say what an answer implies of the questions it hangs on: a quantile makes one the goal.

    Raises
    ------
    UsageError
        When those questions are answered otherwise, so that the answer would count for nothing.
    """
    implied = dict(answers)
    branch = tree.branches.get(answers.get("task", UNKNOWN))
    for name, value in answers.items():
        if branch is None or value == UNKNOWN or applies(branch, name, implied):
            continue
        conditions = branch.only_if[name]
        if any(key in implied for condition in conditions for key in condition):
            needed = [
                part
                for condition in conditions
                for key, allowed in condition.items()
                for part in (" or ", Keyword(key), f" {'|'.join(allowed)}")
            ]
            raise KeywordError(Keyword(name), " is used only with ", *needed[1:])
        implied |= {key: allowed[0] for key, allowed in conditions[0].items()}
    return implied


def open_questions(tree: Tree, answers: Answers) -> list[Question]:
    """Return the questions still to be asked, in order; before the task is known, only that."""
    branch = tree.branches.get(answers.get("task", UNKNOWN))
    if branch is None:
        return [tree.questions["task"]]
    return [
        question
        for question in tree.questions_of(branch)
        if question.id not in answers
        and applies(branch, question.id, answers)
        and not settled(branch, question.id, answers)
    ]


def missing(tree: Tree, answers: Answers) -> list[tuple[Question, ...]]:
    """Return the groups of questions of which one at least must be answered."""
    branch = tree.branches.get(answers.get("task", UNKNOWN))
    if branch is None:
        return [(tree.questions["task"],)]
    has_enough = branch.enough and _holds(branch.enough, answers)
    groups = branch.needs[:1] if has_enough else branch.needs
    return [
        tuple(tree.questions[name] for name in group)
        for group in groups
        if not any(name in answers for name in group)
    ]


def find_leaf(tree: Tree, answers: Answers) -> TreePath:
    """Follow checked answers to the leaf of the guides and the one recommended."""
    branch = tree.branches[answers["task"]]
    guide = _first(branch.guide, answers)
    best = _first(branch.evidence, answers) or guide  # measured evidence overrules the guides
    if guide is None or best is None:
        raise UsageError(f"no leaf for {dict(answers)}")  # the check of the tree excludes it
    unanswered = tuple(
        question.id for question in open_questions(tree, answers) if question.skippable
    )
    return TreePath(
        answers,
        leaf=tree.leaves[best],
        guide=tree.leaves[guide],
        addition=tree.constraints.get(answers.get("constraints", "none")),
        unanswered=unanswered,
    )


def _first(rules: tuple[BranchRule, ...], answers: Answers) -> str | None:
    return next((rule.leaf for rule in rules if _holds(rule.when, answers)), None)


def _holds(when: Mapping[str, tuple[str, ...]], answers: Answers) -> bool:
    return all(answers.get(name, UNKNOWN) in allowed for name, allowed in when.items())
