"""Reports of `check` for CI systems: each has what its standard asks of it."""

import json
import re
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from tests.checks.every_plant import PLANTED
from tests.checks.planted import Case
from tests.cli.run import lossctl
from tests.report.test_ci_reports import require_schema

CODES = ("LC101", "LC202", "LC301", "LC501", "LC206", "LC401")
MESSAGE = {"type": "object", "required": ["text"], "properties": {"text": {"minLength": 1}}}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "name": {"type": "string"},
        "shortDescription": MESSAGE,
        "fullDescription": MESSAGE,
        "help": MESSAGE,
        "helpUri": {"type": "string", "pattern": "^https://[^ ]+$"},
        "defaultConfiguration": {
            "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
            "additionalProperties": False,
        },
    },
    "additionalProperties": False,
}
LOCATION = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "required": ["uri"],
                    "properties": {"uri": {"pattern": r"^[\w.~/%+-]+$"}},
                    "additionalProperties": False,
                },
                "region": {
                    "required": ["startLine"],
                    "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    "additionalProperties": False,
                },
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
# What OASIS SARIF 2.1.0 requires (3.13, 3.14, 3.18, 3.19, 3.27, 3.49), of what is written here.
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "pattern": "^https://"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "tool": {
                        "required": ["driver"],
                        "properties": {
                            "driver": {
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string", "minLength": 1},
                                    "version": {"type": "string", "minLength": 1},
                                    "rules": {"type": "array", "uniqueItems": True, "items": RULE},
                                },
                                "additionalProperties": False,
                            }
                        },
                        "additionalProperties": False,
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string", "minLength": 1},
                                "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": {"enum": ["none", "note", "warning", "error"]},
                                "message": MESSAGE,
                                "locations": {"type": "array", "items": LOCATION},
                            },
                            "additionalProperties": False,
                        },
                    },
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}


def written(code: str, kind: str, folder: Path) -> tuple[str, Any]:
    """Check a planted mistake; return the report of a kind, and the findings."""
    case: Case = PLANTED[code][0][1](np.random.default_rng(1))
    np.save(folder / "p.npy", case.predictions)
    np.save(folder / "t.npy", case.targets)
    loss = [] if case.loss is None else ["--loss", case.loss]
    report = ["--report", kind if kind == "github" else f"{kind}=report"]
    done = lossctl("check", "p.npy", "t.npy", *loss, "-f", "json", *report, cwd=folder)
    assert done.code in {0, 1}, done.err
    text = done.err if kind == "github" else (folder / "report").read_text(encoding="utf-8")
    return text, json.loads(done.out)["findings"]


@pytest.mark.parametrize("code", CODES)
def test_sarif(code: str, tmp_path: Path) -> None:
    text, findings = written(code, "sarif", tmp_path)
    log = json.loads(text)
    Draft202012Validator(SARIF).validate(log)
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [each["ruleId"] for each in run["results"]] == [
        each["code"] for each in findings if each["severity"] != "info"
    ]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])
    assert code in {each["ruleId"] for each in run["results"]}


@pytest.mark.parametrize("code", CODES)
def test_junit(code: str, tmp_path: Path) -> None:
    text, findings = written(code, "junit", tmp_path)
    root = ET.fromstring(text)  # noqa: S314 - written just now
    require_schema(root)
    failed = {
        case.get("name", "").split()[0]
        for case in root.iter("testcase")
        if case.find("failure") is not None
    }
    assert failed == {each["code"] for each in findings if each["severity"] == "error"}


@pytest.mark.parametrize("code", CODES)
def test_annotations(code: str, tmp_path: Path) -> None:
    text, findings = written(code, "github", tmp_path)
    lines = [line for line in text.splitlines() if line.startswith("::")]
    pattern = r"::(error|warning|notice)( [a-z]+=[^,:]*(,[a-z]+=[^,:]*)*)?::.+"
    assert lines
    assert all(re.fullmatch(pattern, line) for line in lines), lines
    errors = [line for line in lines if line.startswith("::error")]
    assert len(errors) == sum(each["severity"] == "error" for each in findings)
    assert any(code in line for line in lines)
