"""Laws of the rules of ``check``: declared, found where planted, silent on clean data, repaired."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

import lossctl
from lossctl.checking import check
from lossctl.checks.finding import Finding, Report
from lossctl.checks.rule import Rule
from lossctl.core.spelling import plural

CODE, NAME = r"[A-Z]{2,}\d+", r"[a-z0-9]+(-[a-z0-9]+)*"
REFERENCE = r"(https?://\S+|arXiv:\S+|doi:\S+)"


class RuleCase(NamedTuple):
    """Data for a rule: predictions, targets, and further keywords of ``lossctl.check``."""

    predictions: Any
    targets: Any
    keywords: Mapping[str, Any] = {}


def check_rule(
    rule: Rule,
    planted: Sequence[RuleCase | tuple[Any, ...]],
    clean: Sequence[RuleCase | tuple[Any, ...]],
) -> None:
    """Hold a rule to the laws that those of lossctl obey.

    Parameters
    ----------
    rule
        The rule.
    planted
        Data with the mistake: predictions, targets and, where needed, keywords such as ``loss``.
    clean
        Data without it.

    Raises
    ------
    AssertionError
        Naming the law that is broken.
    """
    _require(re.fullmatch(CODE, rule.code), f"{rule.code}: a code is capitals and a number")
    _require(re.fullmatch(NAME, rule.name), f"{rule.code}: the name {rule.name!r} is in-kebab-case")
    for field in ("what", "why", "example", "remedy"):
        _require(getattr(rule.page, field).strip(), f"{rule.code}: its page says no {field}")
    reference = rule.page.reference
    _require(re.fullmatch(REFERENCE, reference), f"{rule.code}: {reference!r} is no reference")
    _require(planted and clean, f"{rule.code}: needs data with the mistake, and data without")
    for number, case in enumerate(map(_case, planted)):
        _is_found(rule, case, f"{rule.code}: planted {number}")
    for number, case in enumerate(map(_case, clean)):
        found = _asked(rule, case).findings
        words = [each.message for each in found]
        _require(not found, f"{rule.code}: clean {number}: {words}")


def _case(given: Any) -> RuleCase:
    return RuleCase(*given)


def _asked(rule: Rule, case: RuleCase, **more: Any) -> Report:
    return check(case.predictions, case.targets, select=[rule], **{**case.keywords, **more})


def _require(holds: Any, what: str) -> None:
    if not holds:
        raise AssertionError(what)


def _is_found(rule: Rule, case: RuleCase, what: str) -> None:
    before = [np.array(part) for part in case[:2]]
    report = _asked(rule, case)
    _require(report.findings, f"{what}: is not found")
    for first, part in zip(before, case[:2], strict=True):
        _require(_are_equal(first, part), f"{what}: the data were changed")
    for threads in (1, 2):
        again = _asked(rule, case, threads=threads)
        _require(again == report, f"{what}: says something else with {plural(threads, 'thread')}")
    for found in report.findings:
        _require(found.message.strip(), f"{what}: says nothing")
        _require(found.remedy.strip(), f"{what}: has no remedy")
        json.dumps(found.to_dict(), allow_nan=False)
        _require(all(row >= 0 for row in found.rows), f"{what}: names rows below 0")
        if found.command:
            _is_repaired(rule, case, found, what)


def _are_equal(one: Any, other: Any) -> bool:
    equal_nan = np.asarray(one).dtype.kind == "f"
    return bool(np.array_equal(one, other, equal_nan=equal_nan))


def _is_repaired(rule: Rule, case: RuleCase, found: Finding, what: str) -> None:
    """Run the command, lines of Python for arrays in memory, and ask again."""
    *statements, last = found.command.split("; ")
    names = {"np": np, "lossctl": lossctl, "predictions": case[0], "targets": case[1]}
    exec("; ".join(statements), names)  # noqa: S102 - the command as it is printed
    answer = eval(last, names)  # noqa: S307
    value = getattr(answer, "value", 0.0)
    _require(not isinstance(value, float) or math.isfinite(value), f"{what}: {last} gives {value}")
    repaired = RuleCase(names["predictions"], names["targets"], case.keywords)
    if statements:
        left = _asked(rule, repaired).findings
        _require(not left, f"{what}: is still there after {found.command}")
