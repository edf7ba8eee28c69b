"""What `lossctl run` does: load, evaluate, judge, print."""

import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.baseline import finite_number
from lossctl.cli.exits import GATE_FAILED, INVALID_DATA, OK
from lossctl.cli.terminal import note, say, width_of
from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean, visible
from lossctl.gates import at_most, failed
from lossctl.io.inputs import split_selector
from lossctl.io.write import NpySum, check_array_path, check_folder, write_text
from lossctl.objective import tuning
from lossctl.objective.answer import Answer
from lossctl.objective.documents import load
from lossctl.objective.gradient import Sum
from lossctl.objective.model import Config
from lossctl.objective.run import evaluate as evaluate_config
from lossctl.objective.series import checkpoints, evaluate_series
from lossctl.report.objective import as_values, render
from lossctl.report.text import number

UNSAFE = re.compile(r"[^\w.-]+", re.ASCII)  # what a name of data loses as the name of a file


def require_shown(form: str, grid: Sequence[str], *, sensitivity: bool, value_only: bool) -> None:
    """Refuse tables beside the components where the output has no place for them."""
    option = "--weights-grid" if grid else "--sensitivity" if sensitivity else None
    if option is None or not (value_only or form in {"csv", "plain"}):
        return
    chosen = "--value-only" if value_only else f"-f {form}"
    raise UsageError(f"{option}: {chosen} has no place for it; use table, markdown, json or jsonl")


def evaluate(
    path: Path,
    sets: Sequence[str],
    data: Sequence[str],
    *,
    threads: int | None,
    gradient: Path | None,
    grid: Sequence[str],
    sensitivity: bool,
    output: Path | None,
) -> tuple[list[Answer], list[Config]]:
    """Evaluate every document of a file, and what was asked for beside."""
    if output is not None and check_folder(output).resolve() == path.resolve():
        raise UsageError(f"--output {output} would overwrite the configuration")
    configs = load(path, sets, _files_of(data))
    if output is not None and output.resolve() in {one for c in configs for one in _inputs(c)}:
        raise UsageError(f"--output {output} would overwrite an input")
    if gradient is not None and len(configs) > 1:
        raise UsageError("--gradient is for a file with one document")
    answers = []
    for config in configs:
        if gradient is None:
            answer = evaluate_series(config, threads)
        else:
            answer = _with_gradients(config, gradient, threads)
        answers.append(_with_extras(answer, grid, sensitivity=sensitivity))
    return answers, configs


def _files_of(texts: Sequence[str]) -> dict[str, str]:
    """Read the ``name=path`` texts of --data."""
    files = {}
    for text in texts:
        name, _, path = text.partition("=")
        if not name or not path:
            raise UsageError(f"--data {visible(text)}: expected name=path")
        files[name] = path
    return files


def _inputs(config: Config) -> set[Path]:
    """Return the files that a document reads."""
    return {
        Path(entry.file.place.folder / split_selector(entry.file)[0]).resolve()
        for entry in config.data.values()
    }


def _with_extras(answer: Answer, grid: Sequence[str], *, sensitivity: bool) -> Answer:
    extras: dict[str, Any] = {"sensitivity": tuning.sensitivity(answer)} if sensitivity else {}
    if grid:
        points = tuning.parse_grid(grid, [one.name for one in answer.components])
        extras |= tuning.over_grid(answer, points)
    return replace(answer, extras=extras)


def _with_gradients(config: Config, folder: Path, threads: int | None) -> Answer:
    """Evaluate and write the gradient of the total by every array; all files or none."""
    if checkpoints(config):
        raise UsageError("--gradient is for one set of files, not for a series of checkpoints")
    sums: dict[str, Sum] = {}
    inputs = _inputs(config)
    folder.mkdir(parents=True, exist_ok=True)

    def make(name: str, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Sum:
        path = folder / f"{UNSAFE.sub('_', name)}.npy"
        if path.resolve() in inputs:
            raise UsageError(f"--gradient {folder} would overwrite {path}, which is an input")
        return NpySum(check_array_path(path), shape, dtype)

    try:
        answer = evaluate_config(config, threads=threads, make=make, sums=sums)
    except BaseException as error:
        for one in sums.values():
            if isinstance(one, NpySum):
                one.abandon(error)
        raise
    for one in sums.values():
        if isinstance(one, NpySum):
            one.finish()
    return answer


def judge(
    answers: Sequence[Answer], configs: Sequence[Config], limits: Sequence[str]
) -> tuple[int, list[str]]:
    """Return the exit code and which gates failed; a NaN passes none."""
    failures = []
    gates = [_option_gate(text, answers) for text in limits]
    for answer, config in zip(answers, configs, strict=True):
        prefix = f"{answer.name}: " if len(answers) > 1 else ""
        checks = [*_file_gates(answer, config), *_option_checks(answer, gates)]
        failures += failed([(passed, prefix + text) for passed, text in checks])
        if answer.status != "ok":
            failures.append(f"{prefix}total is {number(answer.total)}: the value is not finite")
    if any(one.status != "ok" for one in answers):
        return INVALID_DATA, failures
    return (GATE_FAILED if failures else OK), failures


def _file_gates(answer: Answer, config: Config) -> list[tuple[bool, str]]:
    gates = config.gates
    checks = [] if gates.total is None else [at_most("total", answer.total, gates.total)]
    for name, limit in gates.components.items():
        checks.append(at_most(name, answer.component(name).raw, limit))
    for name, limit in gates.violation_rate.items():
        found = answer.component(name).violations
        assert found is not None  # noqa: S101 - the names of gates are checked with the file
        checks.append(at_most(f"violation rate of {name}", found.rate, limit))
    for name, least in gates.satisfaction.items():
        truth = answer.component(name).satisfaction
        assert truth is not None  # noqa: S101 - as above
        text = f"satisfaction of {name} is {number(truth)}, under the limit {number(least)}"
        checks.append((truth >= least, text))
    return checks


def _option_gate(text: str, answers: Sequence[Answer]) -> tuple[str, float]:
    """Read ``LIMIT`` of the total or ``NAME=LIMIT`` of a component that some document has."""
    name, equals, value = text.rpartition("=")
    limit = finite_number(value, f"--fail-over {visible(text)}")
    if not equals or name == "total":
        return "total", limit
    names = list(dict.fromkeys(one.name for answer in answers for one in answer.components))
    if name not in names:
        hint = did_you_mean(name, [*names, "total"])
        raise UsageError(f"--fail-over {visible(text)}: no component {name!r}{hint}")
    return name, limit


def _option_checks(answer: Answer, gates: Sequence[tuple[str, float]]) -> list[tuple[bool, str]]:
    """Compare the total, and the components that the document has, with their limits."""
    values = {one.name: one.raw for one in answer.components} | {"total": answer.total}
    return [at_most(name, values[name], limit) for name, limit in gates if name in values]


def give(answers: Sequence[Answer], form: str, output: Path | None, *, value_only: bool) -> None:
    """Print the answers or write them to a file; JSON carries its notes itself."""
    width = width_of(sys.stdout) if output is None else None
    text = as_values(answers) if value_only else render(answers, form, width)
    if output is None:
        say(text)
    else:
        write_text(output, text if text.endswith("\n") else text + "\n")
    if value_only or form not in {"json", "jsonl"}:
        for answer in answers:
            for line in answer.notes:
                note(line)
            for one in answer.components:
                for line in one.notes:
                    note(f"{one.name}: {line}")
