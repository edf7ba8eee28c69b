"""A recommendation: the loss, the reasons, what speaks against it, and the command."""

import math
import os
import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from lossctl.core.errors import UsageError
from lossctl.core.notebook import html_page
from lossctl.core.spelling import lines_visible, visible
from lossctl.io.input_files import Inputs
from lossctl.io.opening import TableOptions
from lossctl.io.write import check_folder, real_path, write_array, write_text
from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.recommender import invocation, snippets
from lossctl.recommender.assumptions import assumptions, of_boosting, without_scale
from lossctl.recommender.data_summary import Improvement, Measurements
from lossctl.recommender.decision_tree import Addition, Leaf, Tree
from lossctl.recommender.fit_loss import (
    LossChoice,
    Preparation,
    fit,
    preparations,
    readable_leaf,
    remarks,
    unreadable,
)
from lossctl.recommender.question import UNKNOWN, Keyword, KeywordError
from lossctl.recommender.traverse import Answers, TreePath, find_leaf

SCHEMA_VERSION = 1
GRADES = {
    "theorem": "follows from theory",
    "benchmark": "measured on many data sets",
    "guide": "convention of the guides",
}


@dataclass(frozen=True, repr=False)
class Recommendation:
    """Everything `lossctl recommend` says.

    Attributes
    ----------
    loss, params, options
        The loss, its parameters, and the options of ``compute`` that its inputs need.
    leaf
        Why it is recommended, on what evidence, what speaks against it.
    guide, alternatives, extra
        What the published guides say; other losses and when to take them; what rules and
        constraints add.
    measured
        What the data say: facts, answers, notes, gains of steps after training.
    command, recommend_command
        The commands that evaluate the loss and that give this recommendation again.
    """

    tree: Tree
    path: TreePath
    measured: Measurements
    choice: LossChoice
    guide: LossChoice
    alternatives: tuple[tuple[LossChoice, str], ...]
    extra: LossChoice | None
    data: Mapping[str, str] = field(default_factory=dict)
    decimal: str | None = None

    def __repr__(self) -> str:
        return f"<Recommendation {self.choice}: {self.leaf.evidence}>"

    def __str__(self) -> str:
        if self.measured.faults:  # of broken predictions nothing follows
            return " ".join(self.measured.faults)
        return f"{self.headline} ({GRADES[self.leaf.evidence]}): {self.leaf.because}"

    def _repr_html_(self) -> str | None:
        """Show as its page in notebooks."""
        rows = [
            ("loss", self.headline),
            ("because", self.leaf.because),
            ("evidence", GRADES[self.leaf.evidence]),
            *(("against", text) for text in self.leaf.against),
            *(("instead", f"{alternative}: {when}") for alternative, when in self.alternatives),
            *(("fault", text) for text in self.measured.faults),
            *(("note", text) for text in self.measured.notes),
        ]
        return html_page(self, [*rows, ("command", self.command)])

    @property
    def loss(self) -> str:
        """The id of the loss."""
        return self.choice.loss

    @property
    def params(self) -> dict[str, Any]:
        """Its parameters, those that differ from the defaults."""
        return dict(self.choice.params)

    @property
    def options(self) -> dict[str, Any]:
        """The options of ``compute`` that go with it."""
        return dict(self.choice.options)

    @property
    def spec(self) -> str:
        """The loss with its parameters, as ``--loss`` reads it."""
        return self.choice.spec

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
    def improvements(self) -> list[Improvement]:
        """The steps after training that helped, the largest gain first."""
        helped = [improvement for improvement in self.measured.improvements if improvement.better]
        return sorted(helped, key=lambda improvement: -abs(improvement.after - improvement.before))

    @property
    def then(self) -> Improvement | None:
        """The step after training that goes with the loss, where the metric is known and it helped.

        Of several the one with the largest gain.
        """
        metric = self.path.answers.get("metric", UNKNOWN)
        return next(iter(steps_of(self.leaf, metric, self.measured)), None)

    @property
    def headline(self) -> str:
        """The loss, with the step after training that goes with it."""
        return f"{self.choice}, then {self.then.setting}" if self.then else str(self.choice)

    @property
    def expected(self) -> dict[str, str]:
        """Perfect, chance, good and bad values of the loss."""
        if self.choice.loss in self.tree.expected:
            return dict(self.tree.expected[self.choice.loss])
        return dict(get(self.choice.loss).page.expected) if self.choice.loss in CATALOGUE else {}

    @property
    def command(self) -> str:
        """The command that evaluates the loss."""
        return invocation.compute_command(self.choice, self.files, self.decimal)

    @property
    def prepare(self) -> list[Preparation]:
        """The inputs that must become other arrays before the loss reads them."""
        unreadable_inputs = unreadable(self.loss, self.measured)
        every = preparations(self.loss, self.measured)
        return [change for change in every if change.input not in unreadable_inputs]

    @property
    def files(self) -> dict[str, str]:
        """Files that the loss reads, by input; those to be prepared under the name to save."""
        unreadable_inputs = unreadable(self.loss, self.measured)
        prepared = {change.input: change.file for change in self.prepare}
        return {
            n: prepared.get(n, file) for n, file in self.data.items() if n not in unreadable_inputs
        }

    @property
    def placeholders(self) -> dict[str, str]:
        """Inputs of the configuration whose files are not known, under the names to save them."""
        return invocation.placeholders(self.choice, self.extra, self.files)

    @property
    def tuning(self) -> dict[str, str]:
        """Learning rate, batch size and optimizer to start from."""
        if self.path.answers.get("model") == "boosting":
            return dict(self.tree.boosting["tuning"])
        return self.tree.tuning_of(self.choice.loss) or self.tree.tuning_of(self.leaf.loss)

    @property
    def recommend_command(self) -> str:
        """The command that gives this recommendation without asking."""
        files = self.data if "targets" in self.data else {}  # arrays in memory have no file
        command = invocation.recommend_command(self.path.answers, files, self.decimal)
        return f"{command} --no-input" if self.path.unanswered else command

    def snippet(self, framework: str) -> str:
        """Return code that computes the loss in pytorch, keras, jax, sklearn or lightgbm.

        Raises
        ------
        UsageError
            When there is no code for this loss in this framework; those that have it are named.
        """
        answers = {**self.path.answers, **self.measured.forced}
        return snippets.snippet(self.choice, framework, answers, self.recommend_command)

    def config(self, folder: str | os.PathLike[str] = ".") -> str:
        """Return the configuration for ``run``, which is to lie in a folder, as YAML."""
        weights = self.addition.weights if self.addition else {}
        place = pathlib.Path(folder)
        config = invocation.config_of(
            self.choice, self.extra, weights, self.files, place, decimal=self.decimal
        )
        head = [self.leaf.because, f"Source: {self.leaf.source}", self.recommend_command]
        if self.placeholders:
            files = ", ".join(self.placeholders.values())
            head.append(f"Save {files} before it runs, or name other files.")
        body = yaml.safe_dump(config, sort_keys=False, allow_unicode=True)
        if lines_visible(body) != body:  # YAML leaves marks of direction as they are
            body = yaml.safe_dump(config, sort_keys=False)
        # a line end in the name of a file would end the comment
        return "".join(f"# {visible(line)}\n" for line in head) + body

    def write(self, path: str | os.PathLike[str], *, force: bool = False) -> list[pathlib.Path]:
        """Write the configuration for ``run``, and the files that must be prepared for it.

        Returns
        -------
        list of Path
            The files written: the configuration, then inputs in the folder one is in.

        Raises
        ------
        UsageError
            When a file is one that was measured, exists and is not to be overwritten, or has no
            folder.
        """
        from lossctl.io.output_places import input_places  # noqa: PLC0415 - it loads what evaluates

        changes = [change for change in self.prepare if change.input in self.data]
        files = [pathlib.Path(path), *(pathlib.Path(change.file) for change in changes)]
        measured = input_places(self.data)
        for file in files:
            if (name := measured.get(real_path(file))) is not None:
                raise UsageError(f"{file} would overwrite the {name}")
            if check_folder(file).exists() and not force:
                raise KeywordError(f"{file} already exists; ", Keyword("force"), " overwrites it")
        for change in changes:
            tables = TableOptions(decimal=self.decimal)
            with Inputs({change.input: self.data[change.input]}, tables) as inputs:
                source = inputs.sources[change.input]
                array = source.read(0, math.prod(source.shape)).reshape(source.shape)
                write_array(pathlib.Path(change.file), change.apply(array))
        write_text(files[0], self.config(files[0].parent))
        return files

    def to_dict(self) -> dict[str, Any]:
        """Return the recommendation as `lossctl recommend --format json` prints it."""
        leaf, guide = self.leaf, self.path.guide
        recommendation = {
            **self.choice.to_dict(),
            "then": self.then.to_dict() if self.then else None,
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
                **self.guide.to_dict(),
                "because": guide.because,
                "source": guide.source,
                "agrees": self.agrees,
            },
            "alternatives": [
                {**choice.to_dict(), "when": when} for choice, when in self.alternatives
            ],
            "post_hoc": self._post_hoc(),
            "tuning": self.tuning,
            "pitfalls": [self.tree.pitfalls[name] for name in leaf.pitfalls],
            "warning_signs": list(self.tree.warning_signs),
            "findings": [each.to_dict() for each in self.measured.findings],
            "notes": [*self.measured.faults, *self.measured.notes],
            "prepare": [change.to_dict() for change in self.prepare],
            "command": self.command,
            "recommend_command": self.recommend_command,
        }

    def _with(self) -> list[dict[str, Any]]:
        if self.addition is None or self.extra is None:
            return []
        leaf = self.tree.leaves[self.addition.leaf]
        return [
            {
                **self.extra.to_dict(),
                "weights": dict(self.addition.weights),
                "because": leaf.because,
                "evidence": leaf.evidence,
                "against": list(leaf.against),
                "source": leaf.source,
            }
        ]

    def _post_hoc(self) -> list[dict[str, Any]]:
        if self.measured.faults:  # there is nothing to be gained from broken predictions
            return []
        measured = {improvement.step: improvement for improvement in self.measured.improvements}
        ahead = [improvement.step for improvement in self.improvements]
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
    measured: Measurements | None = None,
    data: Mapping[str, str] | None = None,
    decimal: str | None = None,
) -> Recommendation:
    """Follow checked answers through the tree and gather what is known at its leaf.

    `data` are the files that were measured, by input; `decimal` is what stands before decimals in
    them, where that was said.
    """
    measured = measured or Measurements()
    path = replace(find_leaf(tree, {**answers, **measured.forced}), answers=answers)
    leaf, refusals = readable_leaf(tree, path.leaf, measured)
    if leaf.after and steps_of(tree.leaves[leaf.after], answers.get("metric", UNKNOWN), measured):
        leaf = tree.leaves[leaf.after]
    path = replace(path, leaf=leaf)
    values = dict(tree.variables) | dict(measured.variables)
    for name, answer in answers.items():
        if tree.questions[name].number and answer != UNKNOWN:
            values[f"${name}"] = float(answer)

    def choice(loss: str, params: Mapping[str, Any], options: Mapping[str, Any]) -> LossChoice:
        filled = {name: _filled(value, values) for name, value in params.items()}
        return fit(LossChoice(loss, filled, dict(options)), measured.facts)

    extra = tree.leaves[path.addition.leaf] if path.addition else None
    best = choice(path.leaf.loss, path.leaf.params, path.leaf.options)
    others = [
        (choice(alternative.loss, alternative.params, {}), alternative.when)
        for alternative in path.leaf.alternatives
        if "targets" not in unreadable(alternative.loss, measured)
    ]
    assumed = assumptions(tree, {**answers, **measured.forced})
    assumed += of_boosting(tree, answers, best.loss)
    notes = [*assumed, *measured.notes, *refusals, *remarks(best, measured)]
    if not measured.facts.get("robust_sigma"):
        notes += without_scale(tree.variables, path.leaf, path.guide)
    return Recommendation(
        tree,
        path,
        replace(measured, notes=notes),
        best,
        choice(path.guide.loss, path.guide.params, path.guide.options),
        tuple((other, when) for other, when in others if other != best),
        choice(extra.loss, extra.params, extra.options) if extra else None,
        dict(data or {}),
        decimal,
    )


def steps_of(leaf: Leaf, metric: str, measured: Measurements) -> list[Improvement]:
    """Return the steps after training that go with a leaf and helped, the largest gain first."""
    metric = "rmse" if metric == "r2" else metric
    steps = {*leaf.post_hoc, *(["threshold"] if "prior_correction" in leaf.post_hoc else [])}
    helped = [
        one
        for one in measured.improvements
        if one.better and one.metric == metric and one.step in steps
    ]
    return [] if measured.faults else sorted(helped, key=lambda one: -abs(one.after - one.before))


def _filled(value: Any, values: Mapping[str, float]) -> Any:
    return values[value] if isinstance(value, str) and value.startswith("$") else value
