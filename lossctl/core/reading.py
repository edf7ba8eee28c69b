"""How inputs were read, in words: known to the type checker and to the schema of results."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["values", "logits", "probabilities", "log_probabilities", "labels"]
DecidedBy: TypeAlias = Literal["declared", "option", "data"]
Targets: TypeAlias = Literal[
    "values", "labels", "signs", "index", "one_hot", "label_rows", "constant"
]
Status: TypeAlias = Literal["ok", "nonfinite"]


@dataclass(frozen=True)
class Reading:
    """How the inputs were read.

    Attributes
    ----------
    kind
        What the predictions are: values, probabilities, logits, log_probabilities or labels.
    decided_by
        ``declared`` (the loss takes nothing else), ``option`` (the caller said so) or ``data``.
    evidence
        What in the data, the declaration or the options led there, in words.
    task
        regression, binary, multilabel, multiclass, segmentation, logic, or another task of a loss.
    targets
        How the targets are encoded: values, labels, signs, index, one_hot (also soft rows),
        label_rows (rows whose labels are judged together) or constant (none are given).
    """

    kind: str
    decided_by: DecidedBy
    evidence: str
    task: str
    targets: Targets
