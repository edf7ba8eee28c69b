"""Render the decision tree: text, Mermaid, JSON."""

import json
from collections.abc import Iterator
from typing import Any

from lossctl.recommend.advice import SCHEMA_VERSION
from lossctl.recommend.tree import Branch, Rule, Tree

TREE_FORMATS = ("table", "plain", "mermaid", "json")


def render_tree(tree: Tree, form: str, task: str | None = None) -> str:
    """Render the whole tree, or the branch of one task."""
    branches = [branch for branch in tree.branches.values() if task in {None, branch.id}]
    if form == "json":
        return json.dumps(_data(tree, branches), indent=2, ensure_ascii=False)
    if form == "mermaid":
        return "\n".join(["flowchart LR", *_mermaid(tree, branches)])
    return "\n\n".join(_text(tree, branch) for branch in branches)


def _text(tree: Tree, branch: Branch) -> str:
    lines = [f"{branch.id}: {tree.questions['task'].answers[branch.id]}"]
    for question in tree.asked(branch):
        answers = "|".join(branch.allowed[question.id])
        lines.append(f"  {question.ask}  {question.option} {answers}")
    titles = (("the metric or the data decide", branch.evidence), ("the guides say", branch.guide))
    for title, rules in titles:
        if rules:
            lines.append(f"  {title}")
            lines += [f"    {_condition(rule)} → {_loss(tree, rule.leaf)}" for rule in rules]
    return "\n".join(lines)


def _condition(rule: Rule) -> str:
    if not rule.when:
        return "otherwise"
    return ", ".join(f"{name} {_any_of(allowed)}" for name, allowed in rule.when.items())


def _any_of(allowed: tuple[str, ...]) -> str:
    known = [value for value in allowed if value != "unknown"]
    return "|".join(known) + (" or not said" if known and len(known) < len(allowed) else "") or (
        "not said"
    )


def _loss(tree: Tree, leaf: str) -> str:
    one = tree.leaves[leaf]
    params = ",".join(f"{name}={value}" for name, value in one.params.items())
    options = "".join(f" --{n.replace('_', '-')} {v}" for n, v in one.options.items())
    return one.loss + (f":{params}" if params else "") + options


def _mermaid(tree: Tree, branches: list[Branch]) -> Iterator[str]:
    yield '  task{"What is the task?"}'
    for branch in branches:
        asked = "<br/>".join(question.ask for question in tree.asked(branch)[:-1])
        yield f'  task -->|{branch.id}| {branch.id}["{asked}"]'
        for kind, rules in (("evidence", branch.evidence), ("guide", branch.guide)):
            for at, rule in enumerate(rules):
                node = f"{branch.id}_{kind}_{at}"
                label = _condition(rule).replace("|", " or ")
                yield f'  {branch.id} -->|"{label}"| {node}(["{_loss(tree, rule.leaf)}"])'


def _data(tree: Tree, branches: list[Branch]) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "questions": {
            name: {"ask": one.ask, "why": one.why, "answers": dict(one.answers)}
            for name, one in tree.questions.items()
        },
        "branches": {
            branch.id: {
                "asks": [question.id for question in tree.asked(branch)],
                "allowed": {name: list(allowed) for name, allowed in branch.allowed.items()},
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
                    {"loss": one.loss, "params": dict(one.params), "when": one.when}
                    for one in leaf.alternatives
                ],
            }
            for name, leaf in tree.leaves.items()
        },
        "constraints": {
            name: {"leaf": one.leaf, "weights": dict(one.weights)}
            for name, one in tree.constraints.items()
        },
        "not_recommended": dict(tree.not_recommended),
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {"when": {name: list(allowed) for name, allowed in rule.when.items()}, "leaf": rule.leaf}
