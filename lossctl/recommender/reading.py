"""Fit a recommended loss to what was measured: how its inputs are read, and what it cannot read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from lossctl.core.options import OPTIONS
from lossctl.core.spelling import plain
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.recommender.question import Keyword

SIGNS = [-1.0, 1.0]
CONVERTED = "targets_as_0_and_1.npy"


@dataclass(frozen=True)
class Choice:
    """A loss with its parameters and the options of `compute` that go with it."""

    loss: str
    params: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def spec(self) -> str:
        """The loss as the command line reads it."""
        params = ",".join(f"{name}={plain(value)}" for name, value in self.params.items())
        return f"{self.loss}:{params}" if params else self.loss

    def __str__(self) -> str:
        options = (f" {Keyword(name).option} {value}" for name, value in self.options.items())
        return self.spec + "".join(options)


def fit(choice: Choice, facts: Mapping[str, Any]) -> Choice:
    """Return the loss with the options that the measured predictions and labels need."""
    if choice.loss not in CATALOGUE:
        return choice
    probabilities = facts.get("predictions") == "probabilities"
    signs = facts.get("labels") == SIGNS
    if signs and choice.loss == "bce_with_logits" and not choice.params and not probabilities:
        choice = replace(choice, loss="soft_margin")  # the same loss, of labels as they are
    options = dict(choice.options)
    if probabilities and "probabilities" in get(choice.loss).kinds:
        options["input"] = "probabilities"
    if "ignored_label" in facts and OPTIONS["ignore_index"].takes(get(choice.loss)):
        options["ignore_index"] = facts["ignored_label"]
    return replace(choice, options=options)


def converts(choice: Choice, facts: Mapping[str, Any]) -> bool:
    """Whether the two labels measured must become 0 and 1 before this loss reads them."""
    if "labels" not in facts or choice.loss not in CATALOGUE:
        return False
    reads = {entry.kind for entry in get(choice.loss).inputs if entry.name == "targets"}
    return not (facts["labels"] == SIGNS and "sign" in reads)


def remarks(choice: Choice, facts: Mapping[str, Any]) -> list[str]:
    """Say what the loss cannot read of the data as they are, and what to do."""
    told = []
    if converts(choice, facts):
        low, high = (f"{label:g}" for label in facts["labels"])
        told.append(
            f"labels are {low} and {high}, {choice.loss} reads 0 and 1: "
            f"save targets == {high} as {CONVERTED}"
        )
    elif choice.loss == "soft_margin" and facts.get("labels") == SIGNS:
        told.append("labels are -1 and 1: soft_margin is bce_with_logits for such labels")
    kinds = get(choice.loss).kinds if choice.loss in CATALOGUE else ()
    if (
        facts.get("predictions") == "probabilities"
        and "logits" in kinds
        and "probabilities" not in kinds
    ):
        told.append(
            f"the predictions look like probabilities and {choice.loss} reads logits: "
            "save the scores before the sigmoid or softmax"
        )
    return told
