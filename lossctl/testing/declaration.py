"""Laws of a declaration: its page is complete, its examples are right, its domains hold.

What a domain declares outside is refused, and what it declares inside is accepted.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from lossctl.core.domain import Domain, Nullable, Param, ScalarOrList
from lossctl.core.errors import UsageError
from lossctl.core.list_domains import ListOf
from lossctl.core.loss import Loss
from lossctl.core.options import OPTIONS, Options
from lossctl.core.result import Result
from lossctl.data_places import DATA_NAMES, Data
from lossctl.evaluation import evaluate
from lossctl.loss_specs import Spec
from lossctl.testing.cases import Case, cases_of, list_of, required, values_of
from lossctl.testing.draws import draw
from lossctl.testing.running import equal, refusal, require, run, slopes

LINK = re.compile(r"(arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,9}/\S+|https://\S+)$")
EXACT = 1e-14


def answer(loss: Loss, inputs: Any, given: Mapping[str, Any]) -> Result:
    """Evaluate a loss on arrays as a user does: nothing is said about how they are to be read."""
    params = {name: value for name, value in given.items() if name not in OPTIONS}
    options = {name: value for name, value in given.items() if name in OPTIONS}
    chosen = Options(**options)
    named = dict(inputs) if isinstance(inputs, Mapping) else {}
    by_place = [] if named else list(inputs)
    (result,) = evaluate([Spec(loss, params)], Data(by_place, named), chosen)
    return result


def every_field_is_filled(loss: Loss) -> None:
    """Texts, lists of texts, expected values, tasks."""
    page = loss.page
    texts = {
        "title": loss.title,
        "summary": page.summary,
        "formula": page.formula,
        "kinks": page.kinks,
        "curve label": page.curve.label,
    }
    for name, text in texts.items():
        require(text and text.strip() == text, f"{name} is {text!r}")
    require(len(page.summary.splitlines()) == 1, f"summary {page.summary!r} is not one line")
    require(all(name.strip() for name in page.also_called), "also_called has an empty name")
    lists = {"use_when": page.use_when, "avoid_when": page.avoid_when, "notes": page.notes}
    for name, lines in lists.items():
        require(isinstance(lines, tuple), f"{name} is a {type(lines).__name__}, not a tuple")
        require(all(line.strip() for line in lines), f"{name} has an empty line")
        require(lines or name == "notes", f"{name} is empty")
    require("perfect" in page.expected, "expected does not say what is perfect")
    require(all(page.expected.values()), "expected has an empty entry")
    require(loss.tasks, "there are no tasks")


def every_reference_has_a_link(loss: Loss) -> None:
    """An arXiv id, a DOI or an address."""
    require(loss.page.references, "there are no references")
    for reference in loss.page.references:
        require(reference.text, f"{reference.link} has no text")
        require(LINK.match(reference.link), f"{reference.link!r} is no arXiv id, DOI or address")


def every_example_is_worth_what_was_worked_out(loss: Loss) -> None:
    """To the last digits."""
    require(loss.page.examples, "there are no examples")
    for number, example in enumerate(loss.page.examples):
        require(example.working, f"example {number} has no working")
        inputs = example.others if loss.in_words else example.arrays(loss.inputs)
        value = answer(loss, inputs, example.params).value
        near = math.isclose(value, example.value, rel_tol=EXACT, abs_tol=1e-15)
        require(near, f"example {number} is worth {value!r}, the page says {example.value!r}")


def curve_can_be_drawn(loss: Loss) -> None:
    """Finite from end to end."""
    curve = loss.page.curve
    require(curve.low < curve.high, f"the curve goes from {curve.low} to {curve.high}")
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        place = curve.low + part * (curve.high - curve.low)
        kind = {} if curve.kind == "auto" else {"input": curve.kind}
        result = answer(loss, curve.inputs(place), {**required(loss), **kind})
        require(result.status == "ok", f"the curve at {place} is {result.value}")


def declaration_is_consistent(loss: Loss) -> None:
    """Forms, inputs and names of parameters."""
    keys = [(form.axes, form.kind) for form in loss.forms]
    require(keys, "there are no forms")
    require(len(set(keys)) == len(keys), f"forms {keys} are not distinct")
    require(any(entry.differentiable for entry in loss.inputs), "no input has a gradient")
    first = loss.inputs[0].name
    require(loss.in_words or first == "predictions", "the first input is not the predictions")
    inputs = {e.name for one in (loss, *loss.variants) for e in one.inputs}
    own = {name for name, option in OPTIONS.items() if option.takes(loss)}
    clashing = inputs & {*DATA_NAMES, *own, *(param.name for param in loss.params)}
    require(not clashing, f"{clashing} are inputs and options or parameters")
    for entry in loss.inputs:
        require(entry.help and entry.axes and entry.kind, f"input {entry.name} says too little")
    reserved = {*DATA_NAMES, *OPTIONS} & {param.name for param in loss.params}
    require(not reserved, f"{reserved} are options of every loss, not names of parameters")
    require(re.fullmatch(r"[a-z][a-z0-9_]*", loss.id), f"id {loss.id!r} is no plain name")


def innermost(domain: Domain) -> Domain:
    """Return the domain of single values."""
    while isinstance(domain, Nullable | ScalarOrList):
        domain = domain.domain
    return domain


def first_case(loss: Loss) -> Case:
    """Return the first case of a loss, not of a variant, with default parameters."""
    return next(case for case in cases_of(loss, defaults=True) if case.loss is loss)


def values_outside_are_refused(loss: Loss, param: Param) -> None:
    """With the loss, the parameter and the range in the message."""
    case = first_case(loss)
    arrays = draw(case, 4)
    for value in param.domain.outside():
        if value is None and None in param.measured:
            continue
        what = f"{param.name} {value!r}"
        message = refusal(UsageError, what, partial(run, case, arrays, **{param.name: value}))
        for part in (loss.id, param.name):
            require(part in message, f"{message!r} does not name {part}")


def values_inside_are_accepted(loss: Loss, param: Param) -> None:
    """The default too, and what is measured, unless the parameter must be given."""
    values = [*values_of(param.domain), *([] if param.required else [param.default])]
    for value in values:
        case = replace(first_case(loss), params={**required(loss), param.name: value})
        result = run(case, draw(case, 4))
        equal(result.params[param.name], value, param.name)
        require(result.status == "ok", f"{param.name} {value!r}: the value is {result.value}")


def defaults_lie_inside(loss: Loss) -> None:
    """And parameters have names of their own, and help."""
    for param in loss.params:
        if not param.required:
            equal(param.accept(loss.id, param.default), param.default, param.name)
        require(
            param.help.endswith((".", "!")), f"{param.name}: help {param.help!r} is no sentence"
        )
    names = [param.name for param in loss.params]
    require(len(set(names)) == len(names), f"parameters {names} are not distinct")


def lists_fit_or_are_refused(loss: Loss, param: Param) -> None:
    """A list has one entry for each class or label, where lists are taken, or its own length."""
    if isinstance(innermost(param.domain), ListOf):
        return
    cases = [case for case in cases_of(loss, defaults=True) if case.loss is loss]
    wanted = {case.columns: case for case in cases}
    for columns, case in wanted.items():
        entries, arrays = list_of(param.domain, columns), draw(case, 4)
        given = [0.3, 0.4] if entries is None else [*entries, 0.5, 0.5]
        if entries is not None:
            run(case, arrays, **{param.name: entries})
        message = refusal(
            UsageError, f"a list of {len(given)}", partial(run, case, arrays, **{param.name: given})
        )  # fmt: skip
        require(f"{loss.id}: {param.name}" in message, message)
        require(entries is None or "entries" in message, message)


def every_parameter_set_is_finite(case: Case) -> None:
    """On ordinary inputs, the value and every gradient."""
    arrays = draw(case, 6)
    result = run(case, arrays)
    require(result.status == "ok", f"the value is {result.value}")
    for name, gradient in slopes(case, arrays).items():
        require(np.isfinite(gradient).all(), f"the gradient of {name} is {gradient}")
