"""How a recommendation is put to use: commands to type, a configuration for `lossctl run`."""

import os
import shlex
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from lossctl.core.urls import is_url, url_path, without_secrets, without_selector
from lossctl.io.file_formats import by_suffix, packing_of
from lossctl.losses.catalogue import RECIPES, get
from lossctl.objective.recipe import get_recipe
from lossctl.recommender.fit_loss import LossChoice
from lossctl.recommender.question import Keyword
from lossctl.recommender.questions import QUESTIONS

RULES = ("rule_satisfaction", "logical")
LIMITS = ("constraint_violation", "logical")
USUAL = {"predictions", "targets"}


def compute_command(
    choice: LossChoice, files: Mapping[str, str], decimal: str | None = None
) -> str:
    """Return the command that evaluates a loss.

    Parameters
    ----------
    choice
        The loss, its parameters and options.
    files
        Files by input; an input without one stands in capitals, as in a line of usage.
    decimal
        What stands before decimals in tables, where that was said.
    """
    inputs = [
        without_secrets(files.get(name, name.upper())) for name in required_inputs(choice.loss)
    ]
    words = ["lossctl", "compute", *inputs, "--loss", choice.spec]
    for name, value in choice.options.items():
        words += [Keyword(name).option, str(value)]
    return shlex.join(words + _decimal_option(files, decimal))


def _decimal_option(files: Mapping[str, str], decimal: str | None) -> list[str]:
    """Return the option that says what stands before decimals, where a file is a table of text."""
    if decimal is None or not any(map(_is_text, files.values())):
        return []
    return [Keyword("decimal").option, decimal]


def _is_text(file: str) -> bool:
    """Whether a file may be a table of text, by its name."""
    form = by_suffix(packing_of(PurePath(url_path(without_selector(file))))[0])
    return form is None or (form.is_table and form.packed)


def recommend_command(
    answers: Mapping[str, str],
    data: Mapping[str, str] | None = None,
    decimal: str | None = None,
) -> str:
    """Return the command that gives these answers, and measures the files they came from."""
    ordered = {name: answers[name] for name in QUESTIONS if name in answers}
    words = ["lossctl", "recommend"]
    for name, value in {**(data or {}), **ordered}.items():
        words += [Keyword(name).option, without_secrets(value)]
    return shlex.join(words + _decimal_option(data or {}, decimal))


def required_inputs(loss: str) -> list[str]:
    """Return the names of the inputs that a loss or a recipe cannot do without."""
    if loss in RECIPES:
        return [entry.name for entry in get_recipe(loss).inputs if not entry.optional]
    return [entry.name for entry in get(loss).inputs if entry.required]


def placeholders(
    choice: LossChoice, addition: LossChoice | None, files: Mapping[str, str]
) -> dict[str, str]:
    """Return the inputs of a configuration whose files are not known, under names to save them."""
    names = {name: f"{name}.npy" for name in required_inputs(choice.loss)}
    if addition is not None and addition.loss in RULES:
        names["rule_values"] = "rules.npy"
    if addition is not None and addition.loss in LIMITS:
        names["constraint_values"] = "constraints.npy"
    return {name: file for name, file in names.items() if files.get(name, "-") == "-"}


def config_of(
    choice: LossChoice,
    addition: LossChoice | None,
    weights: Mapping[str, float],
    files: Mapping[str, str],
    folder: Path,
    *,
    decimal: str | None = None,
) -> dict[str, Any]:
    """Return the configuration of an objective as plain data.

    Parameters
    ----------
    choice, addition, weights
        The supervised loss or recipe; the loss of rules and limits, and what each part weighs.
    files
        Files by input; inputs whose files are not known get a name to be replaced.
    folder
        Where the configuration will lie, and what its paths are relative to.
    decimal
        What stands before decimals in tables, where that was said.
    """
    names = required_inputs(choice.loss)
    data: dict[str, Any] = dict.fromkeys(names) | placeholders(choice, addition, files)
    if choice.loss in RECIPES:
        config: dict[str, Any] = {"version": 1, "recipe": choice.loss}
        config |= {"params": dict(choice.params)} if choice.params else {}
        config["data"] = data
    else:
        config = {"version": 1, "data": data, "supervised": _supervised(choice, names)}
    if addition is not None:
        if addition.loss in RULES:
            config["rules"] = [{"name": "background_knowledge", "values": "rule_values"}]
        if addition.loss in LIMITS:
            config["constraints"] = [{"name": "feasible", "values": "constraint_values"}]
        config["weights"] = dict(weights)
        config["temperature"] = 1.0
    for name, file in files.items():
        if name in data and file != "-":
            place = _seen_from(folder, file)
            said = decimal is not None and _is_text(file)
            data[name] = {"file": place, "decimal": decimal} if said else place
    return config


def _seen_from(folder: Path, file: str) -> str:
    """A file named from where we are, as it is named from a folder; ::COLUMN stays."""
    if is_url(file):
        return without_secrets(file)
    place, mark, selector = file.partition("::")
    if not Path(place).is_absolute():
        path = Path(place)
        place = os.path.relpath(path.parent.resolve() / path.name, folder.resolve())
    return f"{place}{mark}{selector}"


def _supervised(choice: LossChoice, names: list[str]) -> dict[str, Any]:
    term: dict[str, Any] = {"loss": choice.loss}
    if set(names) - USUAL:
        term["inputs"] = {name: name for name in names}
    if choice.params:
        term["params"] = dict(choice.params)
    if choice.options:
        term["reading"] = dict(choice.options)
    return term
