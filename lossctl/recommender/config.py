"""The file `lossctl run` evaluates, written from advice."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossctl.losses.catalogue import CATALOGUE, get
from lossctl.recommender.advice import Advice
from lossctl.recommender.reading import Choice

RULES = ("rule_satisfaction", "logical")
LIMITS = ("constraint_violation", "logical")
COMPOSED: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    "detection": (
        {"loss": "focal", "predictions": "classes", "targets": "class_targets"},
        {"loss": "smooth_l1", "predictions": "boxes", "targets": "box_targets"},
    ),
    "segmentation": (
        {"loss": "cross_entropy"},
        {"loss": "dice", "weight": 0.5},
    ),
    "vae": (
        {"loss": "mse", "predictions": "reconstruction", "targets": "targets"},
        {
            "loss": "kl_standard_normal",
            "inputs": {"mean": "mean", "log_variance": "log_variance"},
        },
    ),
    "pix2pix": (
        {"loss": "mae", "weight": 100.0, "predictions": "generated", "targets": "targets"},
        {"loss": "gan_generator", "inputs": {"fake": "fake"}},
    ),
}
"""What recipes are made of, as terms of one objective."""
USUAL = ("predictions", "targets")


def config_of(advice: Advice, folder: Path) -> dict[str, Any]:
    """Return the configuration of an objective as plain data.

    Parameters
    ----------
    advice
        What was recommended; inputs whose files it does not know get a name to be replaced.
    folder
        Where the configuration will lie, and what its paths are relative to.
    """
    known = {name: _seen_from(folder, file) for name, file in advice.files.items() if file != "-"}
    files: dict[str, str] = {}
    supervised = _supervised(advice.choice, files)
    config: dict[str, Any] = {"version": 1, "data": files, "supervised": supervised}
    if advice.addition is not None and advice.extra is not None:
        if advice.extra.loss in RULES:
            files["rule_values"] = "rules.npy"
            config["rules"] = [{"name": "background_knowledge", "values": "rule_values"}]
        if advice.extra.loss in LIMITS:
            files["constraint_values"] = "constraints.npy"
            config["constraints"] = [{"name": "feasible", "values": "constraint_values"}]
        config["weights"] = dict(advice.addition.weights)
        config["temperature"] = 1.0
    files.update({name: file for name, file in known.items() if name in files})
    return config


def _seen_from(folder: Path, file: str) -> str:
    """A file named from where we are, as it is named from a folder; ::COLUMN stays."""
    place, mark, selector = file.partition("::")
    if not Path(place).is_absolute():
        path = Path(place)
        place = os.path.relpath(path.parent.resolve() / path.name, folder.resolve())
    return f"{place}{mark}{selector}"


def _supervised(choice: Choice, files: dict[str, str]) -> Any:
    if choice.loss in COMPOSED:
        terms = [{"name": term["loss"], **term} for term in COMPOSED[choice.loss]]
        for part in terms:
            named = [part[name] for name in USUAL if name in part]
            for name in [*named, *part.get("inputs", {})] or USUAL:
                files[name] = f"{name}.npy"
        return terms
    declared = get(choice.loss).inputs if choice.loss in CATALOGUE else ()
    names = [entry.name for entry in declared if entry.required] or list(USUAL)
    files.update({name: f"{name}.npy" for name in names})
    term: dict[str, Any] = {"loss": choice.loss}
    if set(names) - set(USUAL):
        term["inputs"] = {name: name for name in names}
    if choice.params:
        term["params"] = dict(choice.params)
    if choice.options:
        term["reading"] = dict(choice.options)
    return term


def config_text(advice: Advice, folder: Path) -> str:
    """Write the configuration as YAML, with the reason and the command as comments."""
    import yaml  # noqa: PLC0415 - only a command that writes needs it

    body = yaml.safe_dump(config_of(advice, folder), sort_keys=False, allow_unicode=True)
    head = [advice.leaf.because, f"Source: {advice.leaf.source}", advice.again]
    return "".join(f"# {line}\n" for line in head) + body
