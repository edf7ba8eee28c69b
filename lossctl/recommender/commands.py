"""The commands a recommendation prints: one evaluates the loss, one gives the same answer again."""

import shlex
from collections.abc import Mapping

from lossctl.losses.catalogue import get
from lossctl.objective.recipe import get_recipe
from lossctl.objective.recipe_names import RECIPES
from lossctl.recommender.fit_loss import Choice
from lossctl.recommender.question import Keyword
from lossctl.recommender.questions import QUESTIONS


def compute_command(choice: Choice, files: Mapping[str, str]) -> str:
    """Return the command that evaluates a loss.

    Parameters
    ----------
    choice
        The loss, its parameters and options.
    files
        Files by input; an input without one stands in capitals, as in a line of usage.
    """
    inputs = [files.get(name, name.upper()) for name in required_inputs(choice.loss)]
    words = ["lossctl", "compute", *inputs, "--loss", choice.spec]
    for name, value in choice.options.items():
        words += [Keyword(name).option, str(value)]
    return shlex.join(words)


def recommend_command(answers: Mapping[str, str], data: Mapping[str, str] | None = None) -> str:
    """Return the command that gives these answers, and measures the files they came from."""
    ordered = {name: answers[name] for name in QUESTIONS if name in answers}
    words = ["lossctl", "recommend"]
    for name, value in {**(data or {}), **ordered}.items():
        words += [Keyword(name).option, value]
    return shlex.join(words)


def required_inputs(loss: str) -> list[str]:
    """Return the names of the inputs that a loss or a recipe cannot do without."""
    if loss in RECIPES:
        return [entry.name for entry in get_recipe(loss).inputs if not entry.optional]
    return [entry.name for entry in get(loss).inputs if entry.required]
