"""Losses of a user's file on the command line: found, shown, completed; mistakes have a line."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.losses import plugins
from lossctl.testing import check_loss
from tests.cli.run import Answer
from tests.cli.run import lossctl as program
from tests.cli.test_startup import complete

OWN = """
import numpy as np
from helper import twice

def my_loss(predictions, targets, *, scale=1.0):
    \"\"\"Squared error, scaled.\"\"\"
    return scale * np.square(predictions - targets)

def far(p, t, *, power: int = 1):
    return twice(np.abs(p - t)) ** power

def _hidden(predictions, targets):
    return predictions

def helps(a, b):
    return a
"""
MARKED = """
import lossctl
from lossctl.losses.regression.huber import HUBER

@lossctl.loss
def chosen(predictions, targets):
    return predictions - targets

also = chosen

def not_chosen(predictions, targets):
    return predictions
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lay out files; forget afterwards what was loaded from them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plugins, "_from_files", {})
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "helper", raising=False)
    Path("own.py").write_text(OWN, encoding="utf-8")
    Path("marked.py").write_text(MARKED, encoding="utf-8")
    Path("helper.py").write_text("def twice(x):\n    return 2 * x\n", encoding="utf-8")
    np.save("p.npy", [1.0, 2.0, 4.0])
    np.save("t.npy", [1.0, 0.0, 0.0])


def test_compute_and_gradient(answer: Answer) -> None:
    files = ("compute", "p.npy", "t.npy", "--plugin", "own.py")
    done = answer(*files, "-l", "my_loss:scale=3", "-l", "far", "-f", "json")
    assert done.code == 0
    values = [one["value"] for one in json.loads(done.out)["results"]]
    assert values == [20.0, 4.0]
    done = answer(*files, "-l", "my_loss", "--gradient", "g.npy")
    assert done.code == 0
    np.testing.assert_allclose(np.load("g.npy"), [0.0, 4.0 / 3.0, 8.0 / 3.0], rtol=1e-15)
    assert "slope by complex step" in done.err
    assert "slope" not in answer(*files, "-l", "my_loss").err


def test_list_and_show(answer: Answer) -> None:
    listed = answer("list", "--plugin", "own.py", "--family", "plugin", "--format", "plain")
    assert listed.out.split() == ["my_loss", "far"]
    assert "Squared error, scaled." in answer("list", "--plugin", "own.py").out
    shown = answer("show", "my_loss", "--plugin", "own.py")
    assert shown.code == 0
    for words in (
        "scale * np.square(predictions - targets)",
        "scale = 1",
        "declared by my_loss in own.py:5",
        "slope by complex step",
    ):
        assert words in " ".join(shown.out.split())
    assert "Use when" not in shown.out
    assert "slope by central difference" in answer("show", "far", "--plugin", "own.py").out
    for form in ("json", "markdown"):
        assert "my_loss" in answer("show", "my_loss", "--plugin", "own.py", "-f", form).out


def test_a_loss_that_is_not_finite_has_no_curve(answer: Answer) -> None:
    Path("log.py").write_text(
        "import numpy as np\n\ndef log_loss(p, t):\n    return np.log(p / t)\n", encoding="utf-8"
    )
    shown = answer("show", "log_loss", "--plugin", "log.py")
    assert shown.code == 0
    assert "Curve" not in shown.out


def test_decorated_functions_are_the_only_ones(answer: Answer) -> None:
    listed = answer("list", "--plugin", "marked.py", "--family", "plugin", "--format", "plain")
    assert listed.out.split() == ["chosen"]


def test_the_python_api_loads_files_too() -> None:
    assert lossctl.load_plugin("own.py") == ["my_loss", "far"]
    assert lossctl.load_plugin("own.py") == ["my_loss", "far"]  # as often as it is edited
    assert lossctl.compute("my_loss:scale=3", "p.npy", "t.npy").value == 20.0
    assert lossctl.losses.far([3.0], [1.0], power=2) == 16.0
    check_loss(plugins.from_elsewhere()["far"])


@pytest.mark.parametrize("shell_splits", [False, True])
def test_completion(shell_splits: bool) -> None:
    line = "lossctl compute p t --plugin own.py -l"
    assert complete(f"{line} my", 7) == ["my_loss"]
    assert {"my_loss", "far", "mse"} <= set(complete(f"{line} ", 7))
    if shell_splits:
        assert complete(f"{line} far : ", 9) == ["power="]
    else:
        assert complete(f"{line} far:", 7) == ["far:power="]
    assert complete("lossctl show --plugin own.py my", 4) == ["my_loss"]
    assert complete("lossctl compute p t -l my", 5) == []


def test_completion_survives_a_broken_plugin() -> None:
    Path("own.py").write_text("print('loading')\ndef broken(:\n", encoding="utf-8")
    assert complete("lossctl compute p t --plugin own.py -l hub", 7) == ["huber"]


MISTAKES = {
    "syntax": ("\ndef f(predictions, targets:\n", 2, "bad.py:2: SyntaxError: "),
    "import": ("import no_such_module\n", 2, "bad.py:1: ModuleNotFoundError: No module named"),
    "exit": ("\nraise SystemExit(3)\n", 2, "bad.py:2: SystemExit: 3"),
    "nothing": ("def f(a, b):\n    return a\n", 2, "bad.py: defines no loss"),
    "taken": (
        "def huber(predictions, targets):\n    return predictions\n",
        2,
        "bad.py: there is a loss huber already",
    ),
    "recipe": (
        "def vae(predictions, targets):\n    return predictions\n",
        2,
        "bad.py: there is a loss vae already",
    ),
    "scalar": (
        "\ndef f(predictions, targets):\n    return (predictions - targets).mean()\n",
        2,
        "bad.py:2: f returns a single number",
    ),
    "name": (
        "\n\ndef f(predictions, targets):\n    return wrong\n",
        2,
        "bad.py:4: NameError: name 'wrong' is not defined",
    ),
    "raises on the data": (
        (
            "def f(predictions, targets):\n"
            "    if predictions.max() == 4.0:\n"
            "        raise KeyError('four')\n"
            "    return predictions\n"
        ),
        2,
        "bad.py:3: KeyError: 'four'",
    ),
    "writes": (
        "def f(predictions, targets):\n    predictions -= targets\n    return predictions\n",
        2,
        "bad.py:2: ValueError: ",
    ),
    "refuses the data": (
        (
            "import lossctl.core.errors as errors\n"
            "def f(predictions, targets):\n"
            "    if predictions.max() == 4.0:\n"
            "        raise errors.DataError('no four')\n"
            "    return predictions\n"
        ),
        3,
        "no four",
    ),
    "a Loss that raises": (
        (
            "from dataclasses import replace\n"
            "from lossctl.losses.regression.huber import HUBER\n"
            "def terms(p, t, **params):\n"
            "    raise ZeroDivisionError('by zero')\n"
            "F = replace(HUBER, id='f', forms=(replace(HUBER.forms[0], terms=terms),))\n"
        ),
        2,
        "bad.py:4: ZeroDivisionError: by zero",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_name_file_and_line(name: str, answer: Answer) -> None:
    text, code, words = MISTAKES[name]
    Path("bad.py").write_text(text, encoding="utf-8")
    done = answer("compute", "p.npy", "t.npy", "--plugin", "bad.py", "-l", "f")
    assert (done.code, done.out) == (code, "")
    assert done.err.startswith(f"error: {words}")
    assert "Traceback" not in done.err


def test_a_file_the_plugin_does_not_find_is_its_mistake_and_debug_shows_where(
    tmp_path: Path,
) -> None:
    text = "def f(predictions, targets):\n    open('none')\n"
    (tmp_path / "bad.py").write_text(text, encoding="utf-8")
    done = program("list", "--plugin", "bad.py", cwd=tmp_path)
    assert done.code == 2
    assert done.err.startswith("error: bad.py:2: FileNotFoundError: ")
    assert "Traceback" in program("--debug", "list", "--plugin", "bad.py", cwd=tmp_path).err


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (["none.py"], "none.py: there is no such file"),
        (["p.npy"], "p.npy: is not a Python file"),
        (["own.py", "twin.py"], "twin.py: own.py defines my_loss already"),
    ],
)
def test_files_that_cannot_be_loaded(files: list[str], words: str, answer: Answer) -> None:
    Path("twin.py").write_text(OWN, encoding="utf-8")
    done = answer("list", *(part for file in files for part in ("--plugin", file)))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"error: {words}")


def test_two_losses_of_one_name_in_a_file() -> None:
    Path("twice.py").write_text(
        "import lossctl\n"
        "@lossctl.loss(name='one')\ndef f(p, t):\n    return p\n"
        "@lossctl.loss(name='one')\ndef g(p, t):\n    return p\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError, match="there is a loss one already"):
        lossctl.load_plugin("twice.py")
