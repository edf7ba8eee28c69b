"""The patch that keeps pydantic out of the start: it applies, is needed and changes no answer."""

import importlib
import inspect
import subprocess
import sys
import types
import typing
from importlib.metadata import requires
from pathlib import Path
from typing import Any

import pytest
import typer

from lossctl.cli import commands
from tests.cli.run import SAMPLES

FILES = tuple(str(SAMPLES / f"diabetes/{name}.npy") for name in ("preds", "targets"))
COMMANDS = [
    ("compute", *FILES, "-l", "mse", "-l", "huber:delta=2", "--no-progress", "--threads", "1"),
    ("compute", *FILES, "-l", "mse", "-f", "json", "-o", "{folder}/result.json"),
    ("list", "--family", "regression"),
    ("show", "mse"),
    ("schema", "result"),
    ("recommend", "--task", "regression", "--no-input"),
]
PROBE = """
import sys
from lossctl.cli import commands
if {unpatched}:
    commands.take_plain_values = lambda: None
from lossctl.cli.main import run
code = run({arguments!r})
print(code, "pydantic" in sys.modules, file=sys.stderr)
"""
USES_PYDANTIC = any(one.startswith("pydantic") for one in requires("typer") or ())


def probe(command: tuple[str, ...], folder: Path, *, unpatched: bool = False) -> tuple[str, str]:
    """Run a command in a process; return its output, and its code and whether pydantic loaded."""
    arguments = [word.format(folder=folder) for word in command]
    text = PROBE.format(arguments=arguments, unpatched=unpatched)
    done = subprocess.run(
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout, done.stderr.strip().splitlines()[-1]


def test_the_patch_finds_its_place() -> None:
    """A typer that needs pydantic and has no such hook is one the patch must be fitted to."""
    commands.take_plain_values()
    core: Any = importlib.import_module("typer.core")
    hook = getattr(core, "build_runtime_param", None)
    assert (getattr(hook, "__module__", None) == commands.__name__) is USES_PYDANTIC


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_commands_run_without_pydantic(command: tuple[str, ...], tmp_path: Path) -> None:
    assert probe(command, tmp_path)[1] == "0 False"


@pytest.mark.skipif(not USES_PYDANTIC, reason="this typer checks options without pydantic")
def test_the_patch_is_needed_and_changes_no_answer(tmp_path: Path) -> None:
    """Without it pydantic is loaded (else it may go), and the output is the same."""
    patched, _ = probe(COMMANDS[0], tmp_path)
    unpatched, left = probe(COMMANDS[0], tmp_path, unpatched=True)
    assert left == "0 True"
    assert unpatched == patched


def test_every_option_is_text_a_path_or_a_flag() -> None:
    """Other types would go through pydantic: lossctl reads numbers and choices itself."""
    plain = {str, bool, Path, list[str]}
    for command, where in commands.every_command().items():
        function = getattr(importlib.import_module(f"lossctl.cli.{where.module}"), where.function)
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.annotation is typer.Context:
                continue
            kind = typing.get_args(parameter.annotation)[0]  # of Annotated
            parts = set(typing.get_args(kind)) if isinstance(kind, types.UnionType) else {kind}
            assert parts - {type(None)} <= plain, f"{command} {name}: {kind}"
