"""Rules of users: from a file, from a package, and held to the laws."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.checks import registry
from lossctl.checks.facts import Facts
from lossctl.checks.rule import Page, Rule, Seen, rule
from lossctl.core.errors import UsageError
from lossctl.testing import assert_clean, check_rule
from tests.cli.run import lossctl as run_lossctl

PAGE = Page(
    what="Predictions are negative where they are prices.",
    why="No price is below 0.",
    example="p = model.predict(x)",
    remedy="Clip the predictions at 0.",
    reference="https://example.org/prices",
)
FILE = """
from lossctl.checks.rule import Page, Seen, rule

@rule("XX101", "negative-prices", "error", Page("a", "b", "c", "d", "https://example.org"),
      needs=("values",))
def negative_prices(facts):
    low = facts.predictions.low
    return Seen(f"the least prediction is {low:g}", {"low": low}) if low < 0 else None
"""


def declared(code: str = "XX101", **changes: Any) -> Rule:
    def negative(facts: Facts) -> Seen | None:
        low = facts.predictions.low
        if not low < 0:
            return None
        command = facts.repair.rewrite(predictions="np.maximum(p, 0)")
        return Seen(f"the least prediction is {low:g}", {"low": low}, command=command)

    made = rule(code, changes.pop("name", "negative-prices"), "error", PAGE, ("values",))
    return made(changes.pop("function", negative))


BAD = (np.linspace(-1, 5, 50), np.linspace(0, 5, 50))
GOOD = (np.linspace(0.1, 5, 50), np.linspace(0, 5, 50))


def test_a_rule_that_keeps_the_laws() -> None:
    check_rule(declared(), [BAD, (*BAD, {"loss": "mse"})], [GOOD])


BROKEN = [
    ({"code": "x1"}, "capitals"),
    ({"name": "Negative Prices"}, "kebab"),
    ({"function": lambda facts: None}, "is not found"),
    ({"function": lambda facts: Seen("always")}, "clean 0"),
    ({"function": lambda facts: Seen(" ") if facts.predictions.low < 0 else None}, "says nothing"),
    (
        {"function": lambda facts: Seen("m", command=facts.repair.rewrite(predictions="p - 1"))
         if facts.predictions.low < 0 else None},
        "still there",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "said"), BROKEN)
def test_a_rule_that_breaks_a_law(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        check_rule(declared(**changes), [BAD], [GOOD])


def test_unknown_needs_are_refused() -> None:
    with pytest.raises(UsageError, match="needs 'everything'"):
        rule("XX1", "x", "error", PAGE, ("everything",))(lambda facts: None)


def test_a_file_of_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(FILE)
    np.save("p.npy", BAD[0])
    np.save("t.npy", BAD[1])
    done = run_lossctl("check", "p.npy", "t.npy", "--plugin", "mine.py", "-f", "json")
    assert done.code == 1, done.err
    assert "XX101" in [each["code"] for each in json.loads(done.out)["findings"]]
    assert "negative-prices" in run_lossctl("explain", "XX101", "--plugin", "mine.py").out
    (tmp_path / "taken.py").write_text(FILE.replace("XX101", "LC101"))
    done = run_lossctl("check", "p.npy", "t.npy", "--plugin", "taken.py")
    assert done.code == 2
    assert "already a rule LC101" in done.err


def test_a_rule_of_a_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "installed", lambda: {"XX101": declared()})
    report = lossctl.check(*BAD)
    assert "XX101" in [each.code for each in report.findings]


def test_a_rule_that_raises_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        registry, "installed", lambda: {"XX101": declared(function=lambda facts: 1 / 0)}
    )
    monkeypatch.chdir(tmp_path)
    np.save("p.npy", GOOD[0])
    np.save("t.npy", GOOD[1])
    done = run_lossctl("check", "p.npy", "t.npy")
    assert done.code == 70
    assert "ZeroDivisionError" in done.err


def test_assert_clean() -> None:
    assert_clean(*GOOD, loss="mse")
    with pytest.raises(AssertionError, match="LC503 targets-leaked"):
        assert_clean(GOOD[1], GOOD[1], loss="mse")
    with pytest.raises(UsageError, match="fail_on"):
        assert_clean(*GOOD, fail_on="never")


@pytest.mark.parametrize("answer", [5, True, "negative", [Seen("one"), 5]])
def test_a_rule_that_returns_something_else(answer: Any) -> None:
    with pytest.raises(UsageError, match="rule XX101 returned"):
        declared(function=lambda facts: answer).findings(Facts())
