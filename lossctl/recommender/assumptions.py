"""What a recommendation assumes where the metric, the model or the unit is not known."""

from collections.abc import Mapping

from lossctl.core.spelling import listed
from lossctl.recommender.decision_tree import Leaf, Tree
from lossctl.recommender.question import UNKNOWN
from lossctl.recommender.traverse import Answers, find_leaf

MODELS = {
    "linear": "a linear model",
    "network": "a network",
    "boosting": "boosted trees",
    "other": "another model",
}
SCALED = {"$delta", "$small_delta"}  # variables in the unit of the targets


def assumptions(tree: Tree, answers: Answers) -> list[str]:
    """Say what was assumed: by metric first, as only with one the model matters."""
    branch = tree.branches[answers["task"]]
    of_models = set(branch.allowed.get("model", ())) == set(MODELS)
    path = find_leaf(tree, answers)
    if answers.get("metric", UNKNOWN) == UNKNOWN:
        why = "the guides' choice" if path.leaf is path.guide else "chosen by the kind of targets"
        return [f"no metric was named: this is {why}{', for any model' * of_models}"]
    if not of_models or answers.get("model", UNKNOWN) != UNKNOWN:
        return []
    by_model = {model: find_leaf(tree, {**answers, "model": model}).leaf for model in MODELS}
    others: dict[str, list[str]] = {}
    for model, leaf in by_model.items():
        if leaf is not path.leaf:
            others.setdefault(_loss(leaf), []).append(MODELS[model])
    if not others:
        return []
    taken = listed([MODELS[m] for m, leaf in by_model.items() if leaf is path.leaf], "or")
    would = "; ".join(f"{listed(names)} would get {loss}" for loss, names in others.items())
    return [f"no model was named: this is for {taken}; {would}"]


def _loss(leaf: Leaf) -> str:
    settings = {**leaf.params, **leaf.options}.items()
    shown = [f"{name} {value}" for name, value in settings if not str(value).startswith("$")]
    return f"{leaf.loss} with {', '.join(shown)}" if shown else leaf.loss


def of_boosting(tree: Tree, answers: Answers, loss: str) -> list[str]:
    """Say what a library of boosted trees needs to know beside the loss."""
    if answers.get("model") != "boosting":
        return []
    notes = tree.boosting["notes"]
    return [next(each["note"] for each in notes if loss in each.get("losses", (loss,)))]


def without_scale(values: Mapping[str, float], *leaves: Leaf) -> list[str]:
    """Say what a threshold in the unit of the targets stands for where no targets were measured."""
    scaled = ((n, v) for leaf in leaves for n, v in leaf.params.items() if str(v) in SCALED)
    return [
        f"{name} {values[value]:g} is for targets divided by their robust standard deviation; of "
        "targets that are measured it has the unit"
        for name, value in [*scaled][:1]
    ]
