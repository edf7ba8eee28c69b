"""The decision tree for a page that asks: what may be asked when, and what is said at each end.

Every sentence comes from the recommendations themselves, written down once for each way to reach a
leaf that makes a difference; the script of the page only follows the rules.
"""

import json
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from typing import Any

from lossctl.cli.wizard import UNSURE
from lossctl.core.spelling import at_door, html_text
from lossctl.recommender.decision_tree import Tree, load_tree
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.recommendation import GRADES, advise
from lossctl.recommender.traverse import Answers, TreePath, find_leaf, open_questions
from lossctl.report.advice import sections_of
from lossctl.report.tree_view import condition_of, loss_of, render_tree

NUMBER = "0.123456789"  # in the place of a number that is asked for, while texts are collected
OF_ANSWERS = {  # sections of more than the leaf
    "notes": "notes",
    "guides": "guides say",
    "together": "together",
    "training": "train with",
}


@at_door("shell")
def exported() -> dict[str, Any]:
    """Return questions, rules and texts.

    ``leaves`` has what is said at a leaf whatever was answered; the names of `OF_ANSWERS` have
    what depends on more, by the keys of :func:`_keys`. Texts are numbers of ``texts``.
    """
    tree = load_tree()
    data = json.loads(render_tree(tree, "json"))
    texts: dict[str, int] = {}
    said: dict[str, dict[str, Any]] = {name: {} for name in ("leaves", *OF_ANSWERS)}
    elsewhere = {*OF_ANSWERS.values(), "again"}
    before: dict[str, set[str]] = {}  # labels of sections, by the one they stand before
    numbers = {name: NUMBER for name, each in tree.questions.items() if each.number}
    for answers in paths(tree):
        path = find_leaf(tree, answers)
        keys = _keys(tree, answers, path)
        if all(key in said[name] for name, key in keys.items()):
            continue
        advice = advise(tree, {**answers, **numbers})
        sections = {label: lines for label, lines, _ in sections_of(advice, None)}
        for one, following in zip([*sections][:-1], [*sections][1:], strict=True):
            before.setdefault(following, set()).add(one)
        numbered = {
            label: [texts.setdefault(_open(line, numbers), len(texts)) for line in lines]
            for label, lines in sections.items()
        }
        head = (advice.headline, f"{advice.leaf.evidence}, {GRADES[advice.leaf.evidence]}")
        leaf = {
            "head": [
                texts.setdefault(_open(line, numbers), len(texts))
                for line in (*head, advice.leaf.because)
            ],
            "page": advice.loss,
            "sections": {k: v for k, v in numbered.items() if k not in elsewhere},
        }
        said["leaves"].setdefault(keys["leaves"], leaf)
        for name, label in OF_ANSWERS.items():
            said[name].setdefault(keys[name], numbered.get(label, []))
    return {
        "unknown": UNKNOWN,
        "unsure": UNSURE,
        "questions": data["questions"],
        "branches": data["branches"],
        "order": [*TopologicalSorter(before).static_order()],
        **said,
        "texts": [*texts],
    }


def _open(text: str, numbers: Mapping[str, str]) -> str:
    """Put the name of a question where its answer stands in a text."""
    for name, number in numbers.items():
        text = text.replace(number, f"{{{name}}}")
    return text


def _keys(tree: Tree, answers: Answers, path: TreePath) -> dict[str, str]:
    """Return by what each part of a recommendation differs; wizard.js builds the same keys."""
    leaf, guide = path.leaf.id, path.guide.id
    metric, model = (answers.get(name, UNKNOWN) for name in ("metric", "model"))
    branch = tree.branches[answers["task"]]
    others = branch.allowed.get("model", ()) if model == UNKNOWN else ()
    by_model = [find_leaf(tree, {**answers, "model": each}).leaf.id for each in others]
    named = "no metric" if metric == UNKNOWN else "metric"
    return {
        "leaves": leaf,
        "guides": f"{leaf} {guide}",
        "together": f"{leaf} {answers['constraints']}",
        "training": f"{leaf} {model}",
        "notes": " ".join([branch.id, named, model, leaf, guide, *by_model]),
    }


def paths(tree: Tree, answers: Answers | None = None) -> Iterator[dict[str, str]]:
    """Yield every way through the questions, as the wizard of the terminal asks them."""
    answers = answers or {}
    questions = open_questions(tree, answers)
    if not questions:
        yield dict(answers)
        return
    question = questions[0]
    branch = tree.branches.get(answers.get("task", UNKNOWN))
    allowed = branch.allowed[question.id] if branch else tuple(question.answers)
    for answer in (*allowed, *((UNKNOWN,) if question.skippable else ())):
        yield from paths(tree, {**answers, question.id: answer})


def script_of_data() -> str:
    """Return the exported tree as a script: a page that was opened as a file may load no JSON."""
    text = json.dumps(exported(), ensure_ascii=False, separators=(",", ":"))
    return f"window.LOSSCTL_TREE = {text};\n"


def outline() -> str:
    """Return the whole tree as nested lists to unfold, with links to the losses."""
    tree = load_tree()
    parts = []
    for branch in tree.branches.values():
        meaning = tree.questions["task"].answers[branch.id]
        asked = "".join(f"<li>{html_text(each.ask)}</li>" for each in tree.questions_of(branch))
        lists = [f"<p>It asks:</p><ul>{asked}</ul>"]
        for title, rules in (("Evidence decides", branch.evidence), ("Else", branch.guide)):
            rows = "".join(
                f"<li>{html_text(condition_of(branch, rule))}: {_linked(tree, rule.leaf)}</li>"
                for rule in rules
            )
            lists.append(f"<p>{title}, the first that holds:</p><ol>{rows}</ol>" if rows else "")
        summary = f"<summary>{html_text(branch.id)}: {html_text(meaning)}</summary>"
        parts.append(f'<details id="task-{branch.id}">{summary}{"".join(lists)}</details>')
    return "\n".join(parts)


def _linked(tree: Tree, leaf: str) -> str:
    text = html_text(loss_of(tree, leaf))
    loss = tree.leaves[leaf].loss
    return f'<a href="../losses/{loss}.html">{text}</a>'
