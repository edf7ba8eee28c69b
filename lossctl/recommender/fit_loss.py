"""Fit a recommended loss to what was measured: how its inputs are read, and what it cannot read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lossctl.core.options import OPTIONS
from lossctl.core.spec import spec
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.recommender.measured import Measured
from lossctl.recommender.prepare import SIGNS, preparations, unreadable
from lossctl.recommender.question import Keyword


@dataclass(frozen=True)
class Choice:
    """A loss with its parameters and the options of `compute` that go with it."""

    loss: str
    params: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> str:
        """The loss as the command line reads it."""
        return spec(self.loss, self.params)

    def __str__(self) -> str:
        options = (f" {Keyword(name).option} {value}" for name, value in self.options.items())
        return self.spec + "".join(options)


def fit(choice: Choice, facts: Mapping[str, Any]) -> Choice:
    """Return the loss with the options that the measured predictions and labels need."""
    if choice.loss not in CATALOGUE:
        return choice
    probabilities = facts.get("predictions") == "probabilities"
    signs = facts.get("labels") == SIGNS
    options = dict(choice.options)
    if signs and choice.loss == "bce_with_logits" and not probabilities:
        choice, options = _of_signs(choice)
    if probabilities and "probabilities" in get(choice.loss).kinds:
        options["input"] = "probabilities"
    if (
        "ignored_label" in facts
        and OPTIONS["ignore_index"].takes(get(choice.loss))
        and get(choice.loss).grouped != "grid"  # distances need every pixel
    ):
        options["ignore_index"] = facts["ignored_label"]
    return replace(choice, options=options)


def _of_signs(choice: Choice) -> tuple[Choice, dict[str, Any]]:
    """Return bce_with_logits as the same loss of labels -1 and 1, where there is one."""
    options = dict(choice.options)
    if choice.params == {"pos_weight": "balanced"}:
        return Choice("soft_margin"), {**options, "class_weights": "balanced"}
    return (choice if choice.params else Choice("soft_margin")), options


def remarks(choice: Choice, measured: Measured) -> list[str]:
    """Say what the loss cannot read of the data as they are, and what to do."""
    facts = measured.facts
    lines = [
        f"{change.because}: save {change.expression} as {change.file} (--write does)"
        for change in preparations(choice.loss, measured)
    ]
    lines += unreadable(choice.loss, measured).values()
    if choice.loss == "soft_margin" and facts.get("labels") == SIGNS:
        lines.append("labels are -1 and 1: soft_margin is bce_with_logits for such labels")
    kinds = get(choice.loss).kinds if choice.loss in CATALOGUE else ()
    if (
        facts.get("predictions") == "probabilities"
        and "logits" in kinds
        and "probabilities" not in kinds
    ):
        lines.append(
            f"the predictions look like probabilities and {choice.loss} reads logits: "
            "save the scores before the sigmoid or softmax"
        )
    return lines
