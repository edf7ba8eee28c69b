"""Every planted mistake is named first, in each dress; its command repairs it."""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.checks.finding import Report
from tests.checks.every_plant import PLANTED
from tests.checks.planted import Case, Make

SEEDS = range(8)
CASES = [
    pytest.param(code, make, id=f"{code}-{dress}")
    for code, made in PLANTED.items()
    for dress, make in made
]


def report_of(case: Case) -> Report:
    loss = {} if case.loss is None else {"loss": case.loss}
    return lossctl.check(case.predictions, case.targets, **loss, **case.options)


@pytest.mark.parametrize(("code", "make"), CASES)
def test_it_is_named_first(code: str, make: Make) -> None:
    named = [
        report.findings[0].code if report.findings else ""
        for report in (report_of(make(np.random.default_rng(seed))) for seed in SEEDS)
    ]
    assert named == [code] * len(SEEDS)


@pytest.mark.parametrize(("code", "make"), CASES)
def test_its_command_repairs_it(code: str, make: Make) -> None:
    case = make(np.random.default_rng(1))
    found = next(each for each in report_of(case).findings if each.code == code)
    if not found.command:
        pytest.skip("nothing but the data can repair it")
    *statements, last = found.command.split("; ")
    names: dict[str, Any] = {
        "np": np,
        "lossctl": lossctl,
        "predictions": case.predictions,
        "targets": case.targets,
    }
    exec("; ".join(statements), names)  # noqa: S102 - the command as it is printed
    assert eval(last, names) is not None  # noqa: S307
    again = last.replace("lossctl.compute(", "lossctl.check(loss=", 1)
    again = again if "(loss=" not in again else _keyword_last(again)
    repaired = eval(again, names)  # noqa: S307
    assert code not in {each.code for each in repaired.findings}


def _keyword_last(call: str) -> str:
    """Move the loss, which stands first in a call of compute, behind the data."""
    head, _, rest = call.partition("(loss=")
    loss, _, others = rest.partition(", ")
    return f"{head}({others[:-1]}, loss={loss})"
