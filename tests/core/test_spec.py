"""A loss in the shell: commas that belong to the value do not split it; errors keep their caret."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lossctl.core.errors import UsageError
from lossctl.core.spec import parse_spec
from tests.cli.run import Outcome, inside


@pytest.mark.parametrize(
    ("spec", "params"),
    [
        ("mse", {}),
        ("focal:gamma=1.5,alpha=[0.2,0.8]", {"gamma": 1.5, "alpha": [0.2, 0.8]}),
        ("focal:alpha=[0.2, 0.8] , gamma=2", {"alpha": [0.2, 0.8], "gamma": 2}),
        ("focal:alpha=null,one=true,two=FALSE", {"alpha": None, "one": True, "two": False}),
        ("a:b=[[1,2],[3]],c=[]", {"b": [[1, 2], [3]], "c": []}),
        ("a:f=max(abs(p-t), 0.1*t)", {"f": "max(abs(p-t), 0.1*t)"}),
        ("a:f=max(min(p,t),1)+q(1,2),g=3", {"f": "max(min(p,t),1)+q(1,2)", "g": 3}),
        ("a:f=huber(delta=0.5)", {"f": "huber(delta=0.5)"}),
        ("a:f=p>=t", {"f": "p>=t"}),
        ('a:f="x,y",g=1', {"f": "x,y", "g": 1}),
        ("a:f='(',g=1", {"f": "(", "g": 1}),
        ("a:f='1',g=\"true\"", {"f": "1", "g": "true"}),
        ("a:f=it's,g=1", {"f": "it's", "g": 1}),
        ("a:f=1),g=2", {"f": "1)", "g": 2}),
    ],
)
def test_specs(spec: str, params: dict[str, Any]) -> None:
    assert parse_spec(spec) == (spec.partition(":")[0], params)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("a:", "got ''"),
        ("a:b", "got 'b'"),
        ("a:b=", "got 'b='"),
        ("a:=1", "got '=1'"),
        ("a:b=1,,c=2", "got ''"),
        ("a:b=max(1,2),3", "got '3'"),
        ("a:b=1,b=2", "b is given twice"),
    ],
)
def test_specs_that_are_refused(spec: str, said: str) -> None:
    with pytest.raises(UsageError, match=r"^['\"]a:") as caught:
        parse_spec(spec)
    assert said in str(caught.value)


@pytest.fixture
def answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Outcome]:
    """Give a function that computes a loss of residuals 1 and 2."""
    monkeypatch.chdir(tmp_path)
    np.save("p.npy", np.array([1.0, 3.0]))
    np.save("t.npy", np.array([0.0, 1.0]))
    return lambda spec, *more: inside(
        ("compute", "p.npy", "t.npy", "--loss", spec, *more), monkeypatch, capsys
    )


def test_a_formula_from_the_shell(answer: Callable[..., Outcome]) -> None:
    done = answer("custom:formula=max(abs(p - t), 1.5*t)", "--value-only")
    assert (done.code, done.out, done.err) == (0, "1.5\n", "")
    done = answer("custom:formula=0.75*mse + 0.25*mae", "--value-only")
    assert (done.code, done.out, done.err) == (0, "2.25\n", "")
    done = answer("custom:formula=max(mae, 1.5)", "--format", "plain")
    assert done.out == "custom:formula=max(mae, 1.5)\t1.75\n"


def test_the_caret_stands_under_the_mistake(answer: Callable[..., Outcome]) -> None:
    done = answer("custom:formula=max(abs(p - t), 0.1*targts)")
    assert (done.code, done.out) == (2, "")
    shown, below = done.err.splitlines()
    assert shown == "error: custom: formula max(abs(p - t), 0.1*targts)"
    assert shown[below.index("^") :] == "targts)"
    assert below.strip() == "^ character 21: unknown name 'targts'; did you mean targets?"


def test_control_characters_stay_on_their_line(answer: Callable[..., Outcome]) -> None:
    done = answer("custom:formula=p +\n\x1b[2J q")
    assert len(done.err.splitlines()) == 2
    assert "\x1b" not in done.err


def test_a_missing_formula(answer: Callable[..., Outcome]) -> None:
    done = answer("custom")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("error: custom needs formula, an expression of p and t: ")
    assert len(done.err.splitlines()) == 1
