"""What must be true of the decision tree and of its questions."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.losses.catalogue import CATALOGUE, RECIPES, get
from lossctl.recommender.decision_tree import Branch, BranchRule, Leaf, Tree
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.recommendation import GRADES
from lossctl.recommender.traverse import decided, open_questions

MOST_QUESTIONS = 8


class TreeError(AssertionError):
    """Something is wrong with the tree."""


def check_files(data: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise a TreeError where two files of the tree hold a leaf of one name."""
    first: dict[str, str] = {}
    for file, entry in data.items():
        for leaf in entry["leaves"]:
            where = f"tree/{file}.yaml, leaf {leaf}"
            _require(where, leaf not in first, f"stands in tree/{first.get(leaf)}.yaml too")
            first[leaf] = file


def check_tree(tree: Tree) -> None:
    """Raise a TreeError for the first thing that is wrong, which names the file it is in."""
    _require("task", set(tree.branches) == set(tree.questions["task"].answers), "has no branch")
    for leaf in tree.leaves.values():
        _check_leaf(tree, leaf)
    for branch in tree.branches.values():
        _check_branch(tree, branch)
    _check_reached(tree)
    _check_questions(tree)


def _require(place: str, condition: object, problem: str = "names what does not exist") -> None:
    if not condition:
        raise TreeError(f"{place}: {problem}")


def _check_leaf(tree: Tree, leaf: Leaf) -> None:
    place = f"tree/{leaf.file}.yaml, leaf {leaf.id}"
    _require(place, leaf.because and leaf.source, "needs a reason and a source")
    _require(place, leaf.against, "must say what speaks against it")
    _require(place, leaf.evidence in GRADES, f"evidence must be one of {', '.join(GRADES)}")
    _require(place, set(leaf.post_hoc) <= set(tree.post_hoc))
    _require(place, set(leaf.pitfalls) <= set(tree.pitfalls))
    losses = [(leaf.loss, leaf.params), *((o.loss, o.params) for o in leaf.alternatives)]
    _require(place, all(other.when for other in leaf.alternatives), "does not say when")
    for loss, params in losses:
        _require(place, loss in {*CATALOGUE, *RECIPES}, f"there is no loss {loss}")
        if loss in CATALOGUE:
            _check_params(tree, place, loss, params)
    _require(place, tree.tuning_of(leaf.loss), f"there is no tuning of {leaf.loss}")
    for other in filter(None, (leaf.otherwise, leaf.after)):
        _require(place, other in tree.leaves, f"there is no leaf {other}")


def _check_params(tree: Tree, place: str, loss: str, params: Mapping[str, Any]) -> None:
    declared = {param.name: param for param in get(loss).params}
    for name, value in params.items():
        _require(place, name in declared, f"{loss} has no parameter {name}")
        given = value
        if isinstance(value, str) and value.startswith("$"):
            _require(place, value in tree.variables, f"there is no variable {value}")
            given = tree.variables[value]
        try:
            declared[name].accept(loss, given)
        except UsageError as error:
            raise TreeError(f"{place}: {error}") from None


def _check_branch(tree: Tree, branch: Branch) -> None:
    place = f"tree/{branch.id}.yaml"
    _require(place, branch.id in tree.questions["task"].answers)
    asked = {*branch.ask, *tree.every_task}
    _require(place, asked <= set(tree.questions))
    longest = 1 + most_asked(tree, branch, {"task": branch.id})
    _require(place, longest <= MOST_QUESTIONS, f"asks more than {MOST_QUESTIONS} questions")
    for name, allowed in branch.allowed.items():
        _require(f"{place}, {name}", set(allowed) <= set(tree.questions[name].answers))
    conditions = [rule.when for rule in (*branch.guide, *branch.evidence)]
    conditions += [one for several in branch.only_if.values() for one in several]
    conditions += [one for several in branch.decided.values() for one in several]
    for when in [*conditions, branch.enough]:
        for name, allowed in when.items():
            _require(f"{place}, {name}", name in asked, "is not asked in this branch")
            _require(f"{place}, {name}", set(allowed) <= {*branch.allowed[name], UNKNOWN})
    _require(place, not branch.guide[-1].when, "the last rule of the guide must always hold")
    _check_rules(branch, branch.guide, f"{place}, guide")
    _check_rules(branch, branch.evidence, f"{place}, evidence")


def most_asked(tree: Tree, branch: Branch, answers: dict[str, str]) -> int:
    """Return how many questions one person may have to answer, whatever he says."""
    questions = open_questions(tree, answers)
    if not questions:
        return 0
    name = questions[0].id
    told_apart = (*branch.only_if.values(), *branch.decided.values())
    answered = distinct(branch, name, [one for several in told_apart for one in several])
    return 1 + max(most_asked(tree, branch, {**answers, name: each}) for each in answered)


def distinct(
    branch: Branch, name: str, conditions: Iterable[Mapping[str, tuple[str, ...]]]
) -> list[str]:
    """Return one of each kind of answers that no condition tells apart, and unknown."""
    lists = [condition[name] for condition in conditions if name in condition]
    alike = {tuple(each in one for one in lists): each for each in branch.allowed[name]}
    return [*alike.values(), UNKNOWN]


def check_decided(branch: Branch) -> None:
    """Raise a TreeError where a question that is not asked would change the leaf."""
    rules = (*branch.guide, *branch.evidence)
    conditions = [rule.when for rule in rules]
    conditions += [one for several in branch.decided.values() for one in several]
    asked = sorted({name for rule in rules for name in rule.when})
    values = [distinct(branch, name, conditions) for name in asked]
    leaves = {
        chosen: _leaf(branch, dict(zip(asked, chosen, strict=True))) for chosen in product(*values)
    }
    for chosen, leaf in leaves.items():
        answers = dict(zip(asked, chosen, strict=True))
        for name in branch.decided.keys() & answers.keys():
            at = asked.index(name)
            if answers[name] != UNKNOWN and decided(branch, name, answers):
                same = leaf == leaves[(*chosen[:at], UNKNOWN, *chosen[at + 1 :])]
                _require(f"tree/{branch.id}.yaml, {name}", same, f"is not decided by {answers}")


def _leaf(branch: Branch, answers: Mapping[str, str]) -> str | None:
    rules = (*branch.evidence, *branch.guide)
    fits = (r.leaf for r in rules if all(answers.get(n, UNKNOWN) in v for n, v in r.when.items()))
    return next(fits, None)


def _check_rules(branch: Branch, rules: tuple[BranchRule, ...], place: str) -> None:
    """Every rule must be the first to hold for some answers; else it can never be taken."""
    reached = set()
    for answers in every_answer(branch, rules):
        for at, rule in enumerate(rules):
            if all(answers[name] in allowed for name, allowed in rule.when.items()):
                reached.add(at)
                break
    for at, rule in enumerate(rules):
        _require(place, at in reached, f"rule {at + 1} ({rule.leaf}) can never be reached")


def every_answer(branch: Branch, rules: tuple[BranchRule, ...] = ()) -> Iterator[dict[str, str]]:
    """Yield every combination of answers to the questions the rules (or the branch) ask."""
    asked = sorted({name for rule in rules for name in rule.when}) if rules else branch.ask
    for values in product(*((*branch.allowed[name], UNKNOWN) for name in asked)):
        yield dict(zip(asked, values, strict=True))


def _check_reached(tree: Tree) -> None:
    named = {r.leaf: b.id for b in tree.branches.values() for r in (*b.guide, *b.evidence)}
    named |= {addition.leaf: "every_task" for addition in tree.constraints.values()}
    for leaf in tree.leaves.values():
        named |= dict.fromkeys(filter(None, (leaf.otherwise, leaf.after)), leaf.file)
    for name, file in named.items():
        _require(f"tree/{file}.yaml, leaf {name}", name in tree.leaves, "does not exist")
    for name, leaf in tree.leaves.items():
        _require(f"tree/{leaf.file}.yaml, leaf {name}", name in named, "can never be reached")


def _check_questions(tree: Tree) -> None:
    asked = {"task", *tree.every_task, *(name for b in tree.branches.values() for name in b.ask)}
    for name, question in tree.questions.items():
        place = f"question {name}"
        _require(place, name in asked, "is never asked")
        _require(place, set(question.aliases.values()) <= set(question.answers))
        _require(place, not set(question.aliases) & set(question.answers), "hides an answer")
        _require(place, not question.number or f"${name}" in tree.variables, "has no usual number")
