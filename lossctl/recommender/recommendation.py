"""The advice at the end of a walk: loss, reasons, what speaks against it, and the command."""

import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.objective.recipes import RECIPES
from lossctl.recommender.reading import CONVERTED, Choice, converts, fit, remarks
from lossctl.recommender.tree import Addition, Leaf, Tree
from lossctl.recommender.walk import Answers, Path, walk

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Gain:
    """What one step after training gained on held-out folds of the given predictions.

    Attributes
    ----------
    metric, before, after, error
        The metric's name, its mean over folds without and with the step, and the standard error
        of the difference.
    better
        Whether the gain is more than twice its error and worth having.
    setting
        What was fitted, in words: ``threshold 0.12``.
    """

    step: str
    metric: str
    before: float
    after: float
    error: float
    better: bool
    setting: str

    def to_dict(self) -> dict[str, Any]:
        """Return the gain as data."""
        error = self.error if math.isfinite(self.error) else None
        return {**vars(self), "error": error}


@dataclass(frozen=True)
class Measured:
    """What the data said.

    Attributes
    ----------
    facts
        Numbers and words by name.
    answers, evidence
        Questions the data answer, and in words why.
    variables
        Values of the variables of the tree, such as ``$delta``.
    gains
        What steps after training would gain.
    notes
        Remarks, such as contradictions between an option and the data.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    answers: Answers = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, float] = field(default_factory=dict)
    gains: Sequence[Gain] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Advice:
    """Everything `lossctl recommend` says."""

    tree: Tree
    path: Path
    measured: Measured
    choice: Choice
    guide: Choice
    alternatives: tuple[tuple[Choice, str], ...]
    extra: Choice | None
    data: Mapping[str, str] = field(default_factory=dict)

    @property
    def leaf(self) -> Leaf:
        """The leaf recommended."""
        return self.path.leaf

    @property
    def agrees(self) -> bool:
        """Whether the guides say the same loss, parameters and options."""
        return self.choice == self.guide

    @property
    def addition(self) -> Addition | None:
        """What constraints add."""
        return self.path.addition

    @property
    def gains(self) -> list[Gain]:
        """The steps after training that helped, the largest gain first."""
        helped = [gain for gain in self.measured.gains if gain.better]
        return sorted(helped, key=lambda gain: -abs(gain.after - gain.before))

    @property
    def expected(self) -> dict[str, str]:
        """Perfect, chance, good and bad values of the loss."""
        if self.choice.loss in self.tree.expected:
            return dict(self.tree.expected[self.choice.loss])
        return dict(get(self.choice.loss).page.expected) if self.choice.loss in CATALOGUE else {}

    @property
    def command(self) -> str:
        """The command that evaluates the loss."""
        if self.choice.loss in RECIPES:
            return "lossctl run config.yaml"
        words = [
            "lossctl",
            "compute",
            *_files(self.choice.loss, self.files),
            "--loss",
            self.choice.spec,
        ]
        for name, value in self.choice.options.items():
            words += ["--" + name.replace("_", "-"), str(value)]
        return shlex.join(words)

    @property
    def files(self) -> dict[str, str]:
        """Files that the loss reads, by input; targets it cannot read under the name to save."""
        if "targets" in self.data and converts(self.choice, self.measured.facts):
            return {**self.data, "targets": CONVERTED}
        return dict(self.data)

    @property
    def tuning(self) -> dict[str, str]:
        """Learning rate, batch size and optimizer to start from."""
        return self.tree.tuning_of(self.choice.loss) or self.tree.tuning_of(self.leaf.loss)

    @property
    def again(self) -> str:
        """The command that gives this advice without asking."""
        return recommend_command(self.path.answers, self.data)

    def to_dict(self) -> dict[str, Any]:
        """Return the advice as JSON data."""
        leaf, guide = self.leaf, self.path.guide
        recommendation = {
            **_chosen(self.choice),
            "because": leaf.because,
            "evidence": leaf.evidence,
            "against": list(leaf.against),
            "source": leaf.source,
            "combine": leaf.combine or None,
            "expected": self.expected,
            "with": self._with(),
        }
        return {
            "schema_version": SCHEMA_VERSION,
            "answers": dict(self.path.answers),
            "unanswered": list(self.path.unanswered),
            "facts": dict(self.measured.facts),
            "from_data": {
                name: {"answer": self.path.answers.get(name), "evidence": text}
                for name, text in self.measured.evidence.items()
            },
            "recommendation": recommendation,
            "guide": {
                **_chosen(self.guide),
                "because": guide.because,
                "source": guide.source,
                "agrees": self.agrees,
            },
            "alternatives": [
                {**_chosen(choice), "when": when} for choice, when in self.alternatives
            ],
            "post_hoc": self._post_hoc(),
            "tuning": self.tuning,
            "pitfalls": [self.tree.pitfalls[name] for name in leaf.pitfalls],
            "warning_signs": list(self.tree.warning_signs),
            "notes": list(self.measured.notes),
            "command": self.command,
            "recommend_command": self.again,
        }

    def _with(self) -> list[dict[str, Any]]:
        if self.addition is None or self.extra is None:
            return []
        leaf = self.tree.leaves[self.addition.leaf]
        return [
            {
                **_chosen(self.extra),
                "weights": dict(self.addition.weights),
                "because": leaf.because,
                "evidence": leaf.evidence,
                "against": list(leaf.against),
                "source": leaf.source,
            }
        ]

    def _post_hoc(self) -> list[dict[str, Any]]:
        measured = {gain.step: gain for gain in self.measured.gains}
        ahead = [gain.step for gain in self.gains]
        names = dict.fromkeys([*ahead, *self.leaf.post_hoc, *measured])
        return [
            {
                "step": name,
                "what": self.tree.post_hoc[name],
                "measured": measured[name].to_dict() if name in measured else None,
            }
            for name in names
        ]


def advise(
    tree: Tree,
    answers: Answers,
    measured: Measured | None = None,
    data: Mapping[str, str] | None = None,
) -> Advice:
    """Walk the tree with checked answers and gather what is to be said at its end.

    `data` are the files that were measured, by input.
    """
    measured = measured or Measured()
    path = walk(tree, answers)
    values = dict(tree.variables) | dict(measured.variables)
    if answers.get("quantile", "unknown") != "unknown":
        values["$quantile"] = float(answers["quantile"])

    def choice(loss: str, params: Mapping[str, Any], options: Mapping[str, Any]) -> Choice:
        filled = {name: _filled(value, values) for name, value in params.items()}
        return fit(Choice(loss, filled, dict(options)), measured.facts)

    extra = tree.leaves[path.addition.leaf] if path.addition else None
    best = choice(path.leaf.loss, path.leaf.params, path.leaf.options)
    notes = [*measured.notes, *remarks(best, measured.facts)]
    return Advice(
        tree,
        path,
        replace(measured, notes=notes),
        best,
        choice(path.guide.loss, path.guide.params, path.guide.options),
        tuple((choice(one.loss, one.params, {}), one.when) for one in path.leaf.alternatives),
        choice(extra.loss, extra.params, extra.options) if extra else None,
        dict(data or {}),
    )


def recommend_command(answers: Answers, data: Mapping[str, str] | None = None) -> str:
    """Return the command that gives these answers, and measures the files they came from."""
    words = ["lossctl", "recommend"]
    for name, value in [*(data or {}).items(), *answers.items()]:
        words += ["--" + name.replace("_", "-"), value]
    return shlex.join(words)


def _filled(value: Any, values: Mapping[str, float]) -> Any:
    return values[value] if isinstance(value, str) and value.startswith("$") else value


def _chosen(choice: Choice) -> dict[str, Any]:
    return {
        "loss": choice.loss,
        "params": dict(choice.params),
        "options": dict(choice.options),
        "spec": choice.spec,
    }


def _files(loss: str, data: Mapping[str, str]) -> list[str]:
    """The inputs: known files, others as a usage line writes them; INPUTS of a loss to come."""
    if loss not in CATALOGUE:
        return ["INPUTS"]
    names = [entry.name for entry in get(loss).inputs if entry.required]
    return [data.get(name, name.upper()) for name in names]
