"""Reports for CI systems: what each holds, by its own reader, with hostile texts in every field."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.core.outcome import Outcome, OutcomeStatus, Summary
from lossctl.report.ci.annotations import as_annotations
from lossctl.report.ci.code_quality import as_code_quality
from lossctl.report.ci.comment import as_comment
from lossctl.report.ci.junit import as_junit
from lossctl.report.ci.reports import KINDS, Report, in_repository, read_reports, write_reports
from lossctl.report.ci.sarif import as_sarif
from tests.cli.test_harmless import HOSTILE, require_columns

OUTCOMES = (
    Outcome("mse at most 1", "passed", "mse 0.5 is within the limit 1", "limits"),
    Outcome("mae at most 1", "failed", "mae 2 is over the limit 1", "limits", "g.yaml", 3),
    Outcome("bce at most 1", "undecided", "bce 1.1 is over the limit 1", "slices"),
    Outcome("ce at most 1", "undecided", "ce 1.2 is over 1", "slices", "g.yaml", 9, required=True),
    Outcome("labels", "warning", "5 labels repeat", "checks", "p.csv"),
    Outcome("ids", "skipped", "there is no id", "checks"),
)
SUMMARY = Summary("lossctl compute", OUTCOMES, "| loss |\n|---|\n| mse |")
STATUSES: tuple[OutcomeStatus, ...] = ("passed", "failed", "warning", "undecided", "skipped")

# Jenkins: the elements, their children and attributes, as its schema has them
SCHEMA = {
    "testsuites": ({"testsuite"}, set(), {"name", "time", "tests", "failures", "errors"}),
    "testsuite": (
        {"testsuite", "properties", "testcase", "system-out", "system-err"},
        {"name", "tests", "failures", "errors"},
        {"group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log"},
    ),
    "testcase": (
        {"skipped", "error", "failure", "system-out", "system-err"},
        {"name"},
        {"time", "classname", "group"},
    ),
    "failure": (set(), set(), {"type", "message"}),
    "skipped": (set(), set(), {"type", "message"}),
    "system-out": (set(), set(), set()),
}


def parsed(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - written just now


def require_schema(element: ET.Element) -> None:
    children, required, optional = SCHEMA[element.tag]
    assert required <= set(element.keys()) <= required | optional, element.attrib
    for child in element:
        assert child.tag in children, (element.tag, child.tag)
        require_schema(child)


def all_hostile() -> Iterator[Summary]:
    for text in HOSTILE:
        outcomes = [
            Outcome(text, status, text, text, text, 2, required=required)
            for status in STATUSES
            for required in (True, False)
        ]
        yield Summary(text, outcomes)


def test_junit_counts_and_cases() -> None:
    root = parsed(as_junit(SUMMARY))
    require_schema(root)
    assert root.attrib == {"name": "lossctl compute", "tests": "6", "failures": "2", "errors": "0"}
    suites = {each.get("name"): each for each in root}
    counts = {
        name: tuple(each.get(key) for key in ("tests", "failures", "skipped"))
        for name, each in suites.items()
    }
    assert counts == {
        "limits": ("2", "1", "0"), "slices": ("2", "1", "1"), "checks": ("2", "0", "1"),
    }  # fmt: skip
    (failure,) = suites["limits"].iter("failure")
    assert failure.attrib == {"type": "failed", "message": "mae 2 is over the limit 1"}
    assert failure.text == "mae 2 is over the limit 1 (g.yaml:3)"
    (undecided,) = suites["slices"].iter("failure")
    assert undecided.get("type") == "undecided"
    cases = [(each.get("classname"), each.get("name")) for each in root.iter("testcase")]
    assert cases == [(each.group, each.title) for each in OUTCOMES]


def test_junit_of_nothing_is_a_document() -> None:
    root = parsed(as_junit(Summary("lossctl check", ())))
    require_schema(root)
    assert (root.get("tests"), list(root)) == ("0", [])


def test_junit_with_hostile_texts() -> None:
    for summary in all_hostile():
        text = as_junit(summary)
        root = parsed(text)
        require_schema(root)
        assert len(list(root.iter("testcase"))) == len(summary.outcomes)
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def commands(log: str) -> list[tuple[str, dict[str, str], str]]:
    """Read annotations as GitHub does: level, properties, message."""
    found = []
    for line in log.splitlines():
        head, _, message = line.removeprefix("::").partition("::")
        level, _, properties = head.partition(" ")
        pairs = dict(pair.split("=", 1) for pair in properties.split(","))
        found.append((level, {key: unquote(text) for key, text in pairs.items()}, unquote(message)))
    return found


def test_annotations_stand_at_lines_and_errors_come_first() -> None:
    assert commands(as_annotations(SUMMARY)) == [
        ("error", {"file": "g.yaml", "line": "3", "title": "mae at most 1"},
         "mae 2 is over the limit 1"),
        ("error", {"file": "g.yaml", "line": "9", "title": "ce at most 1"}, "ce 1.2 is over 1"),
        ("warning", {"title": "bce at most 1"}, "bce 1.1 is over the limit 1"),
        ("warning", {"file": "p.csv", "line": "1", "title": "labels"}, "5 labels repeat"),
    ]  # fmt: skip


def test_annotations_are_escaped_as_github_documents() -> None:
    one = Outcome("a:b,c%d", "failed", "50%, a:b\nnext", "g", "x,y:z.yaml", 4)
    assert as_annotations(Summary("t", [one])) == (
        "::error file=x%2Cy%3Az.yaml,line=4,title=a%3Ab%2Cc%25d::50%25, a:b%0Anext\n"
    )


def test_annotations_with_hostile_texts() -> None:
    for summary in all_hostile():
        log = as_annotations(summary)
        assert len(log.splitlines()) == 6, "no text adds a line"
        for level, properties, _ in commands(log):
            assert level in {"error", "warning"}
            assert set(properties) == {"file", "line", "title"}
            assert properties["line"] == "2"
        assert "##[" not in log
        assert "##vso[" not in log


def test_code_quality_has_what_gitlab_asks_for() -> None:
    records = json.loads(as_code_quality(SUMMARY))
    assert [(each["severity"], each["location"]) for each in records] == [
        ("major", {"path": "g.yaml", "lines": {"begin": 3}}),
        ("minor", {"path": ".gitlab-ci.yml", "lines": {"begin": 1}}),
        ("major", {"path": "g.yaml", "lines": {"begin": 9}}),
        ("minor", {"path": "p.csv", "lines": {"begin": 1}}),
    ]
    assert {tuple(each) for each in records} == {
        ("description", "check_name", "fingerprint", "severity", "location")
    }
    assert records[0]["description"] == "mae at most 1: mae 2 is over the limit 1"
    assert json.loads(as_code_quality(Summary("t", OUTCOMES[:1]))) == []


def test_fingerprints_are_of_gates_and_not_of_values() -> None:
    def fingerprints(*messages: str) -> list[str]:
        outcomes = [Outcome("mae at most 1", "failed", text, "g") for text in messages]
        return [each["fingerprint"] for each in json.loads(as_code_quality(Summary("t", outcomes)))]

    assert fingerprints("mae 2") == fingerprints("mae 3")
    assert len(set(fingerprints("mae 2", "mae 2"))) == 2, "GitLab shows only the first of two"


def test_code_quality_with_hostile_texts() -> None:
    for summary in all_hostile():
        records = json.loads(as_code_quality(summary))
        assert len({each["fingerprint"] for each in records}) == len(records) == 6
        assert all(each["description"].isprintable() for each in records)


def test_sarif_has_a_result_for_each_error_and_warning() -> None:
    log = json.loads(as_sarif(SUMMARY))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert [(each["level"], each["message"]["text"]) for each in run["results"]] == [
        ("error", "mae at most 1: mae 2 is over the limit 1"),
        ("warning", "bce at most 1: bce 1.1 is over the limit 1"),
        ("error", "ce at most 1: ce 1.2 is over 1"),
        ("warning", "labels: 5 labels repeat"),
    ]
    places = [each.get("locations", [None])[0] for each in run["results"]]
    physical = [place and place["physicalLocation"] for place in places]
    assert physical[0] == {"artifactLocation": {"uri": "g.yaml"}, "region": {"startLine": 3}}
    assert physical[1] is None
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[each["ruleIndex"]]["id"] == each["ruleId"] for each in run["results"])


def test_sarif_with_hostile_texts() -> None:
    for summary in all_hostile():
        (run,) = json.loads(as_sarif(summary))["runs"]
        assert len(run["results"]) == 6
        for each in run["results"]:
            assert each["message"]["text"].isprintable()
            uri = each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
            assert re.fullmatch(r"[\w.~/%-]+", uri, re.ASCII)


def test_comment() -> None:
    text = as_comment(SUMMARY)
    assert text.startswith(
        "### lossctl compute: 1 failed, 2 undecided, 1 warning, 1 skipped, 1 passed\n"
    )
    assert "| **failed** | mae at most 1 | mae 2 is over the limit 1 | g.yaml:3 |" in text
    assert text.endswith("\n\n| loss |\n|---|\n| mse |\n")


def test_comment_with_hostile_texts() -> None:
    for summary in all_hostile():
        text = as_comment(summary)
        require_columns(text)
        assert len(text.splitlines()) == 1 + 1 + 2 + len(summary.outcomes)
        assert not re.search(r"<[A-Za-z/!?]|\]\(", text)


@pytest.mark.parametrize("name", ["@octocat", "see #12", "!7", "~bug", "%v1", "&3", "a`b @c"])
def test_comment_calls_nobody(name: str) -> None:
    """Platforms look for mentions outside of code only."""
    text = as_comment(Summary("t", [Outcome(name, "failed", f"{name} is over 1")]))
    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    assert not re.search(r"@\w|[#!&]\d|[~%][a-z]", outside), text


def test_reports_that_are_named(tmp_path: Path) -> None:
    assert read_reports(None) == []
    file = tmp_path / "a=b.xml"
    assert read_reports([f"junit={file}", "github"]) == [Report("junit", file), Report("github")]


@pytest.mark.parametrize(("text", "said"), [
    ("junt=a.xml", "did you mean junit?"), ("junit", "to which file? junit=FILE"),
    ("junit=", "to which file"), ("github=a", "takes no file"), ("gitlab=none/a", "none"),
    ("", "reports are junit=FILE, gitlab=FILE, markdown=FILE, sarif=FILE, html=FILE and github"),
])  # fmt: skip
def test_reports_that_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_reports([text])
    assert said in str(caught.value)


def test_several_reports_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)
    summary_file = tmp_path / "summary.md"
    summary_file.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary_file))
    texts = [f"{kind}={kind}.out" if one.to_file else kind for kind, one in KINDS.items()]
    log = write_reports(read_reports(texts), SUMMARY)
    assert log == as_annotations(SUMMARY)
    for kind, one in KINDS.items():
        if one.to_file:
            assert Path(f"{kind}.out").read_text() == one.render(SUMMARY)
    assert summary_file.read_text() == "before\n" + as_comment(SUMMARY), "it is added to"
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert write_reports([Report("github")], SUMMARY) == log


def test_files_are_named_from_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI_PROJECT_DIR", "")
    (tmp_path / "models").mkdir()
    monkeypatch.chdir(tmp_path / "models")
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    assert in_repository("g.yaml") == "g.yaml"
    assert in_repository(str(tmp_path / "models" / "g.yaml")) == "g.yaml"
    assert in_repository("/elsewhere/g.yaml") == "/elsewhere/g.yaml"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    assert in_repository("g.yaml") == "models/g.yaml"
    monkeypatch.delenv("GITHUB_WORKSPACE")
    monkeypatch.setenv("CI_PROJECT_DIR", str(tmp_path))
    assert in_repository("g.yaml") == "models/g.yaml"


def test_a_comparison_without_a_gate_is_what_it_found() -> None:
    rng = np.random.default_rng(0)
    targets = rng.normal(size=200)
    models = [targets + scale * rng.normal(size=200) for scale in (1.0, 3.0, 1.0, 0.1)]
    answer = lossctl.compare(*models, targets=targets, loss="mse", names=["a", "b", "c", "d"])
    outcomes = lossctl.judge(answer).outcomes
    assert [one.status for one in outcomes] == ["warning", "undecided", "passed"]
    assert outcomes[0].message.startswith("b is WORSE than a: mse is ")
