"""Render the decision tree: text, Mermaid, JSON."""

from collections.abc import Iterator, Mapping, Sequence
from shutil import get_terminal_size
from typing import Any

from lossctl.losses.catalogue import CATALOGUE
from lossctl.recommender.decision_tree import Branch, BranchRule, Tree
from lossctl.recommender.fit_loss import LossChoice
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.recommendation import SCHEMA_VERSION
from lossctl.report.formats import bold, json_document, markdown_table, wrapped

TREE_FORMATS = ("table", "plain", "markdown", "mermaid", "json")


def render_tree(
    tree: Tree, form: str, task: str | None = None, *, colour: bool = False, screen: bool = False
) -> str:
    """Render the whole tree, or the branch of one task; on a screen lines wrap at its width."""
    branches = [branch for branch in tree.branches.values() if task in {None, branch.id}]
    if form == "json":
        return json_document(_data(tree, branches))
    if form == "mermaid":
        return "\n".join(["flowchart LR", *_mermaid(tree, branches)])
    if form == "markdown":
        return _questions(tree, branches)
    width = get_terminal_size().columns if screen else 10_000
    return "\n\n".join(_text(tree, branch, width, colour=colour) for branch in branches)


def _questions(tree: Tree, branches: list[Branch]) -> str:
    """Write which questions each task asks, as the table of the documents."""
    shared = [name for name in branches[0].ask if all(name in each.ask for each in branches)]
    if len(branches) == 1:
        shared = []
    asked = {each.id: [name for name in each.ask if name not in shared] for each in branches}
    asked["every task"] = [*shared, *tree.every_task]
    rows = [
        (task, " ".join(f"`{tree.questions[name].option}`" for name in names))
        for task, names in asked.items()
    ]
    return "\n".join(markdown_table(("task", "asks"), rows))


def _text(tree: Tree, branch: Branch, width: int, *, colour: bool) -> str:
    title = f"{branch.id}: {tree.questions['task'].answers[branch.id]}"
    questions = [
        f"{question.ask} {question.option} {'|'.join(branch.allowed[question.id])}"
        for question in tree.questions_of(branch)
    ]
    parts = [("asks", questions)]
    for name, rules in (("evidence decides", branch.evidence), ("else the guides", branch.guide)):
        if rules:
            parts.append(
                (name, [f"{condition_of(branch, r)} → {loss_of(tree, r.leaf)}" for r in rules])
            )
    lines = [bold(title, colour=colour)]
    for at, (name, texts) in enumerate(parts):
        last = at == len(parts) - 1
        lines.append(f"{'└' if last else '├'}─ {bold(name, colour=colour)}")
        bar = "   " if last else "│  "
        for row, text in enumerate(texts):
            end = row == len(texts) - 1
            first, rest = f"{bar}{'└' if end else '├'}─ ", f"{bar}{' ' if end else '│'}    "
            lines.append(wrapped(text, rest, first, width))
    return "\n".join(lines)


def condition_of(branch: Branch, rule: BranchRule) -> str:
    """Say in words when a rule holds."""
    if not rule.when:
        return "otherwise"
    return ", ".join(
        _answers_in_words(branch, name, allowed) for name, allowed in rule.when.items()
    )


def _answers_in_words(branch: Branch, name: str, allowed: tuple[str, ...]) -> str:
    """Say a condition the shorter way: by what it allows, or by what it does not."""
    word = name.replace("_", " ")
    if allowed == (UNKNOWN,):
        return f"no {word} said"
    if UNKNOWN not in allowed:
        return f"{word} {'|'.join(allowed)}"
    others = "|".join(answer for answer in branch.allowed[name] if answer not in allowed)
    known = "|".join(answer for answer in allowed if answer != UNKNOWN)
    if len(known) + len("/unsaid") <= len("not ") + len(others):
        return f"{word} {known}/unsaid"
    return f"{word} not {others}" if others else f"any {word}"


def loss_of(tree: Tree, leaf: str) -> str:
    """Return the loss of a leaf as the command line reads it, with its options."""
    chosen = tree.leaves[leaf]
    values = {n: tree.variables.get(str(value), value) for n, value in chosen.params.items()}
    return str(LossChoice(chosen.loss, values, chosen.options))


def _mermaid(tree: Tree, branches: list[Branch]) -> Iterator[str]:
    yield '  task{"What is the task?"}'
    for branch in branches:
        asked = "<br/>".join(tree.questions[name].ask for name in branch.ask)
        yield f'  task -->|{branch.id}| {branch.id}["{asked}"]'
        for kind, rules in (("evidence", branch.evidence), ("guide", branch.guide)):
            for at, rule in enumerate(rules):
                node = f"{branch.id}_{kind}_{at}"
                label = condition_of(branch, rule).replace("|", " or ")
                yield f'  {branch.id} -->|"{label}"| {node}(["{loss_of(tree, rule.leaf)}"])'


def _data(tree: Tree, branches: list[Branch]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "questions": {
            name: {
                "ask": each.ask,
                "why": each.why,
                "option": each.option,
                "answers": dict(each.answers),
                "number": each.number,
                "skippable": each.skippable,
                "usual": tree.usual(name),
            }
            for name, each in tree.questions.items()
        },
        "branches": {
            branch.id: {
                "asks": [question.id for question in tree.questions_of(branch)],
                "allowed": _listed(branch.allowed),
                "only_if": {n: list(map(_listed, each)) for n, each in branch.only_if.items()},
                "decided": {n: list(map(_listed, each)) for n, each in branch.decided.items()},
                "evidence": [_rule(rule) for rule in branch.evidence],
                "guide": [_rule(rule) for rule in branch.guide],
            }
            for branch in branches
        },
        "leaves": {
            name: {
                "loss": leaf.loss,
                "params": dict(leaf.params),
                "options": dict(leaf.options),
                "because": leaf.because,
                "source": leaf.source,
                "evidence": leaf.evidence,
                "against": list(leaf.against),
                "alternatives": [
                    {"loss": each.loss, "params": dict(each.params), "when": each.when}
                    for each in leaf.alternatives
                ],
            }
            for name, leaf in tree.leaves.items()
        },
        "constraints": {
            name: {"leaf": each.leaf, "weights": dict(each.weights)}
            for name, each in tree.constraints.items()
        },
        "not_recommended": [loss for loss in CATALOGUE if loss not in tree.placed],
    }


def _rule(rule: BranchRule) -> dict[str, Any]:
    return {"when": _listed(rule.when), "leaf": rule.leaf}


def _listed(conditions: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    return {name: list(allowed) for name, allowed in conditions.items()}
