"""Types and help say what is so: stubs, signatures, docstrings, completion."""

import ast
import doctest
import inspect
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import lossctl
from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.options import OPTIONS
from lossctl.losses.catalogue import CATALOGUE, FAMILIES, RECIPES, entry_of, get, names
from lossctl.objective.recipe import get_recipe
from lossctl.testing.cases import required

ROOT = Path(__file__).parent.parent
FUNCTIONS = [*CATALOGUE, *(name for name in RECIPES if name not in FAMILIES)]

PROGRAM = """
import lossctl
import numpy as np
p, t = np.array([0.9, 0.2]), [1, 0]
result = lossctl.compute("focal", p, t, gamma=2.0, reduction="sum")
reveal_type(result)
reveal_type(result.value)
reveal_type(result.to_dict())
reveal_type(lossctl.evaluate(["mse", ("huber", {"delta": 0.5})], p, t))
reveal_type(lossctl.gradient("mse", "p.npy", t)["predictions"])
reveal_type(lossctl.losses.focal(p, t, gamma=2.0))
reveal_type(lossctl.losses.iou(p, t))
reveal_type(lossctl.losses.mse(p, t, reduction="none"))
reveal_type(lossctl.losses.triplet(anchor=p, positive=p, negative=p))
reveal_type(lossctl.run("objective.yaml"))
"""
REVEALED = [
    "lossctl.core.result.Result",
    "float | numpy.ndarray",
    "dict[str, Any]",
    "list[lossctl.core.result.Result]",
    "numpy.ndarray",
    "float",
    "float",
    "numpy.ndarray",
    "float",
    "list[lossctl.objective.objective_result.ObjectiveResult]",
]
MISTAKES = {  # the error code that mypy must answer
    'lossctl.losses.focal([0.9], [1], gama=2.0)': "call-overload",
    'lossctl.losses.focal([0.9], [1], gamma="two")': "call-overload",
    'lossctl.losses.hinge([0.9], [1], pooling="batch")': "call-overload",
    'lossctl.losses.focl([0.9], [1])': "attr-defined",
    'lossctl.compute("mse", [0.9], [1], reduction="men")': "arg-type",
    'lossctl.compute("mse", [0.9], [1]).valu': "attr-defined",
    'lossctl.computed("mse", [0.9], [1])': "attr-defined",
    'except_is: type[ValueError] = lossctl.LossctlError': "assignment",
}  # fmt: skip


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Return what mypy --strict says of a program and of planted mistakes, line by line."""
    program = tmp_path_factory.mktemp("types") / "program.py"
    program.write_text(PROGRAM + "\n".join(MISTAKES) + "\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-pretty", "--hide-error-context",
         "--config-file=", "--python-executable", sys.executable, str(program)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert "program.py" in done.stdout, done.stdout + done.stderr
    return done.stdout.splitlines()


def plainly(text: str) -> str:
    """Write a type as the newest mypy does; NumPy's versions differ in the shape of arrays."""
    text = re.sub(r"builtins\.|typing\.", "", text)
    text = re.sub(r"numpy\.ndarray\[.*\]\]", "numpy.ndarray", text)
    return re.sub(r"Union\[(.*)\]", lambda match: match[1].replace(", ", " | "), text)


def test_the_types_of_calls_and_results(checked: list[str]) -> None:
    revealed = [line.split('"')[1] for line in checked if "Revealed type is" in line]
    assert [plainly(text) for text in revealed] == REVEALED


def test_mistakes_are_errors_and_nothing_else_is(checked: list[str]) -> None:
    first = PROGRAM.count("\n") + 1
    errors = {int(line.split(":")[1]): line for line in checked if " error: " in line}
    assert sorted(errors) == [first + number for number in range(len(MISTAKES))], errors
    for line, (text, code) in zip(sorted(errors), MISTAKES.items(), strict=True):
        assert errors[line].endswith(f"[{code}]"), f"{text}: {errors[line]}"


def test_the_stubs_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "tools/stubs.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_stubs_name_what_is_there() -> None:
    tree = ast.parse((ROOT / "lossctl/losses/__init__.pyi").read_text(encoding="utf-8"))
    named = {one.name for one in tree.body if isinstance(one, ast.FunctionDef)}
    named |= {
        target.id
        for one in tree.body
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    assert named == {*names(), *FUNCTIONS}
    assert set(dir(lossctl.losses)) >= set(names())
    top = ast.parse((ROOT / "lossctl/__init__.pyi").read_text(encoding="utf-8"))
    public = {one.name for one in top.body if isinstance(one, ast.FunctionDef)}
    for one in top.body:
        if isinstance(one, ast.ImportFrom) and str(one.module).startswith("lossctl"):
            public |= {alias.name for alias in one.names}
    assert public == set(lossctl.__all__)


def function(name: str) -> Any:
    return getattr(lossctl.losses, name)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_examples_in_the_help_are_right(name: str) -> None:
    doc = inspect.getdoc(function(name)) or ""
    test = doctest.DocTestParser().get_doctest(doc, {}, name, None, None)
    assert test.examples or name in RECIPES
    written: list[str] = []
    doctest.DocTestRunner(verbose=False).run(test, out=written.append)
    assert written == []


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_help_says_what_is_declared(name: str) -> None:
    doc = " ".join((function(name).__doc__ or "").split())
    target = get_recipe(name) if name in RECIPES else get(name)
    page = target if name in RECIPES else target.page  # type: ignore[union-attr]
    for text in (page.summary, page.formula):
        assert " ".join(text.split()) in doc
    for entry in target.inputs:
        assert f"{entry.name} : array" in doc
    for param in target.params:
        assert f"{param.name} : {param.domain.describe()}" in doc
        assert " ".join(param.help.split()) in doc
    for word in ("UsageError", "DataError", "References"):
        assert word in doc
    if name in CATALOGUE:
        path = f"lossctl/losses/{entry_of(name).family}/{name}.py"
        assert path in doc
        assert (ROOT / path).is_file()


@cache
def accepted(name: str) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(function(name)).parameters)


def example(name: str) -> tuple[list[Any], dict[str, Any]]:
    """Return the inputs of the first example of a loss, by place and by name, and parameters."""
    one = get(name).page.examples[0]
    inputs = [entry for entry in (one.predictions, one.targets) if entry is not None]
    return inputs, {**one.others, **required(get(name)), **one.params}


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_default_of_the_signature_is_the_default(name: str) -> None:
    inputs, given = example(name)
    by_place = list(accepted(name))[: len(inputs)]
    others = {param.name for one in get(name).variants for param in one.params}
    others -= {param.name for param in get(name).params}
    defaults = {
        one.name: one.default
        for one in accepted(name).values()
        if one.default is not one.empty and one.name not in by_place and one.name not in others
    }
    plain = function(name)(*inputs, **given)
    assert type(plain) is float
    assert function(name)(*inputs, **{**defaults, **given}) == plain


@pytest.mark.parametrize("name", CATALOGUE)
def test_options_that_are_not_in_the_signature_are_refused(name: str) -> None:
    inputs, given = example(name)
    for option in OPTIONS.values():
        other = next(v for v in option.domain.inside() if v not in {None, option.default}) if (
            option.name not in {"axes", "class_names"}
        ) else option.domain.inside()[1]  # fmt: skip
        if option.name not in accepted(name):
            with pytest.raises(UsageError, match=option.name):
                function(name)(*inputs, **{**given, option.name: other})
    for beside in {"weights", "group"} - accepted(name).keys():
        with pytest.raises(LossctlError, match=beside):
            function(name)(*inputs, **{**given, beside: [1.0]})


def test_families_keep_their_names() -> None:
    """A recipe of the name of a folder is not a function one moment and a module the next."""
    for name in FAMILIES.keys() - {"plugin"}:
        assert isinstance(getattr(lossctl.losses, name), ModuleType)
    assert not set(names()) & {path.stem for path in (ROOT / "lossctl/losses").iterdir()}


def complete(text: str) -> set[str]:
    jedi = pytest.importorskip("jedi", reason="completion in editors is tried with jedi")
    return {one.name_with_symbols for one in jedi.Script(text).complete()}


def test_editors_complete_losses_parameters_and_results() -> None:
    assert complete("import lossctl\nlossctl.losses.foc") == {"focal", "focal_tversky"}
    assert "gamma=" in complete("import lossctl\nlossctl.losses.focal([0.9], [1], gam")
    assert "reduction=" in complete("import lossctl\nlossctl.compute('mse', [0.9], [1], red")
    assert "value" in complete("import lossctl\nlossctl.compute('mse', [1], [1]).va")
    assert "to_dict" in complete("import lossctl\nlossctl.evaluate(['mse'], [1], [1])[0].to_")


def test_editors_show_the_documentation() -> None:
    jedi = pytest.importorskip("jedi", reason="documentation in editors is tried with jedi")
    (found, *_) = jedi.Script("import lossctl\nlossctl.losses.focal").help(2, 17)
    assert "Focusing exponent" in found.docstring()
