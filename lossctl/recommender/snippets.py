"""Code that computes the recommended loss in a framework, ready to paste.

Every snippet defines ``loss(predictions, targets)`` (for LightGBM, scores before the link), or a
loss of the inputs lossctl declares. The tests of the snippets run each against lossctl's own number
and, for every kind of classes, against the command printed beside it; code without a place for a
parameter that was chosen is not printed.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from lossctl.core.spelling import did_you_mean, visible
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.recommender.decision_tree import read_yaml
from lossctl.recommender.fit_loss import LossChoice, of_logits
from lossctl.recommender.question import Keyword, KeywordError
from lossctl.recommender.questions import FRAMEWORKS

BY_CLASSES = frozenset({"focal", "dice", "tversky", "dice_cross_entropy"})
"""Losses whose code differs between labels of their own and classes that exclude each other."""
EFFECTIVE = "effective:"  # weights by the effective number of items, (1 − β)/(1 − β^n)
OF_FILES = frozenset({"input", "task", "class_axis"})  # options that say how files are read


@cache
def snippets(framework: str) -> Mapping[str, str]:
    """Return the code in a framework, by loss."""
    code: dict[str, str] = read_yaml(f"snippets/{framework}.yaml")
    return code


def snippet(
    choice: LossChoice,
    framework: str,
    answers: Mapping[str, str],
    command: str = "",
) -> str:
    """Return code for a loss with its parameters filled in, under the command that found it.

    Raises
    ------
    UsageError
        When there is no code for this loss in this framework; those that have it are named.
    """
    if framework not in FRAMEWORKS:
        hint = did_you_mean(framework, FRAMEWORKS)
        known = ", ".join(FRAMEWORKS)
        raise KeywordError(Keyword("snippet"), f" must be one of {known}, got {framework!r}{hint}")
    choice = of_logits(choice)
    several = answers.get("classes") in {"multiclass", "ordinal"} and choice.loss in BY_CLASSES
    code = _code(choice, framework, several=several)
    if code is None:
        frameworks = [name for name in FRAMEWORKS if _code(choice, name, several=several)]
        known = (
            f"there is code for {', '.join(frameworks)}"
            if frameworks
            else "there is none for any framework"
        )
        plain = snippets(framework).get(choice.loss)
        without_place = _unused(choice, plain) if plain and not several else {}
        with_what = "".join(f" with {name} {value}" for name, value in without_place.items())
        what = choice.loss + (" of several classes" if several else "") + with_what
        raise KeywordError(Keyword("snippet"), f" {framework}: no code for {what}; {known}")
    for name, value in _values(choice).items():
        code = code.replace(f"<{name}>", repr(value))
    if choice.options.get("input") == "probabilities" and "logits" in code:
        code = f"# the files hold probabilities; this code takes logits\n{code}"
    # a line end in the name of a file would begin a line of code
    head = f"# {choice.spec}\n# {visible(command)}\n" if command else ""
    return head + code.rstrip("\n")


def _code(choice: LossChoice, framework: str, *, several: bool) -> str | None:
    """Return the code for a loss that has a place for all that was chosen, if there is one."""
    kinds = ("/multiclass",) if several else ("", "/ignored")
    if _rule(choice).startswith(EFFECTIVE):
        kinds = ("/effective",)
    candidates = (snippets(framework).get(f"{choice.loss}{kind}") for kind in kinds)
    return next((code for code in candidates if code and not _unused(choice, code)), None)


def _rule(choice: LossChoice) -> str:
    return str(choice.options.get("class_weights", ""))


def _unused(choice: LossChoice, code: str) -> dict[str, Any]:
    """Return what was chosen, differs from the default, and the code has no place for."""
    defaults = _values(LossChoice(choice.loss))
    return {
        name: value
        for name, value in {**choice.params, **choice.options}.items()
        if name not in OF_FILES and f"<{name}>" not in code
        if name != "class_weights" or "<beta>" not in code
        if name in choice.options or value != defaults.get(name)
    }


def _values(choice: LossChoice) -> dict[str, Any]:
    """Parameters with the loss's defaults where the recommendation leaves them, and options."""
    declared = get(choice.loss).params if choice.loss in CATALOGUE else ()
    defaults = {param.name: param.default for param in declared}
    values = {"ignore_index": -100, "class_weights": None, **choice.params, **choice.options}
    if (rule := _rule(choice)).startswith(EFFECTIVE):
        values["beta"] = float(rule.removeprefix(EFFECTIVE))
    return defaults | values
