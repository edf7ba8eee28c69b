"""Law: what a domain declares outside is refused, what it declares inside is accepted."""

from dataclasses import replace
from functools import partial

import numpy as np

from lossctl.core.domain import Domain, Nullable, Param, ScalarOrList
from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.testing.cases import Case, cases_of, list_of, required, values_of
from lossctl.testing.checks import equal, refusal, require
from lossctl.testing.draws import draw
from lossctl.testing.running import run, slopes


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
    """A list has one entry for each class or label, where lists are taken."""
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
