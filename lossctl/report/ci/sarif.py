"""SARIF 2.1.0, in which code scanning of GitHub and editors read what linters found.

One run, with a description of each rule that is named and a result for each outcome that is an
error or a warning (OASIS, Static Analysis Results Interchange Format, version 2.1.0).
"""

from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import visible
from lossctl.report.formats import json_document
from lossctl.version import __version__

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
OF_GATES = "gate"  # the rule of outcomes that have no code
LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def as_sarif(summary: Summary) -> str:
    """Write a log with a result for each outcome that is an error or a warning."""
    shown = [outcome for outcome in summary.outcomes if outcome.level != "none"]
    ids = list(dict.fromkeys(outcome.code or OF_GATES for outcome in shown))
    driver = {
        "name": "lossctl",
        "version": __version__,
        "rules": [_rule(code) for code in ids],
    }
    results = [_result(outcome, ids.index(outcome.code or OF_GATES)) for outcome in shown]
    run = {"tool": {"driver": driver}, "results": results, "columnKind": "unicodeCodePoints"}
    return json_document({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _rule(code: str) -> dict[str, Any]:
    from lossctl.checks.registry import every_rule
    from lossctl.report.rule_page import as_markdown, link

    one = every_rule().get(code)
    if one is None:
        text = "A value over its limit, or worse than what it is compared with."
        return {"id": code, "shortDescription": {"text": text}}
    return {
        "id": code,
        "name": one.name,
        "shortDescription": {"text": one.page.what},
        "fullDescription": {"text": one.page.why},
        "help": {"text": one.page.remedy, "markdown": as_markdown(one)},
        "helpUri": link(one.page.reference),
        "defaultConfiguration": {"level": LEVELS[one.severity]},
    }


def _result(outcome: Outcome, place: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": outcome.code or OF_GATES,
        "ruleIndex": place,
        "level": outcome.level,
        "message": {"text": visible(f"{outcome.title}: {outcome.message}")},
    }
    if outcome.file is not None:
        artifact = {"uri": quote(PurePath(outcome.file).as_posix())}
        region = {"startLine": outcome.line or 1}
        physical = {"artifactLocation": artifact, "region": region}
        result["locations"] = [{"physicalLocation": physical}]
    return result
