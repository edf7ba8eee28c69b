"""Losses on arrays in memory, lossctl and its peers in turn."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from benchmarks.cases import COMPILED, EAGER, JAX, NUMPY, SKLEARN, THREADS, Case, Setting
from benchmarks.report import memory_head, memory_row
from benchmarks.timing import interleaved

FAR = 0.01  # of a value: peers whose answers are further apart do not compute the same


def calls_of(case: Case, setting: Setting) -> dict[str, Callable[[], float]]:
    """Return the calls to time, ours first, on the same arrays."""
    import lossctl
    from benchmarks.peers import jax_calls, numpy_lines, sklearn_calls, torch_calls

    torch_calls.use_threads(THREADS)
    random = np.random.default_rng(0)
    arrays = case.draw(random, setting.elements, np.dtype(setting.dtype).type)
    options: dict[str, Any] = {"threads": THREADS, **case.params}
    leaves = case.leaves() if setting.gradient else ()

    def ours() -> float:
        if not setting.gradient:
            return float(lossctl.compute(case.loss, *arrays, **options).value)
        return float(lossctl.value_and_gradient(case.loss, *arrays, **options)[0].value)

    def torch(*, compiled: bool) -> Callable[[], float] | None:
        return torch_calls.call(case.peer, arrays, leaves, compiled=compiled)

    makers: dict[str, Callable[[], Callable[[], float] | None]] = {
        EAGER: lambda: torch(compiled=False),
        COMPILED: lambda: torch(compiled=True),
        JAX: lambda: jax_calls.call(case.peer, arrays, leaves),
    }
    if not setting.gradient:
        makers[SKLEARN] = lambda: sklearn_calls.call(case.peer, arrays)
        makers[NUMPY] = lambda: numpy_lines.call(case.peer, arrays)
    found = {name: make() for name, make in makers.items() if name in setting.peers}
    return {"lossctl": ours} | {name: call for name, call in found.items() if call is not None}


def time_case(case: Case, setting: Setting) -> dict[str, Any]:
    """Time one case; return its row of the table."""
    from benchmarks.peers import jax_calls, torch_calls

    calls = calls_of(case, setting)
    times, answers = interleaved(calls, setting.runs, setting.seconds)
    if COMPILED in calls:
        torch_calls.forget()
    jax_calls.forget()
    own, value = times["lossctl"], answers["lossctl"]
    for name, answer in answers.items():
        if not abs(answer - value) <= FAR * abs(value):
            raise SystemExit(f"{case.name}: {name} answers {answer}, lossctl {value}")
    return {
        "case": case.name,
        "loss": case.loss,
        "bound": case.bound,
        "dtype": setting.dtype,
        "gradient": setting.gradient,
        "elements": setting.elements,
        "seconds": {name: one.wall for name, one in times.items()},
        "processor": {name: one.processor for name, one in times.items()},
        "ratios": {name: one.wall / own.wall for name, one in times.items() if one is not own},
        "processor_ratios": {
            name: one.processor / own.processor for name, one in times.items() if one is not own
        },
        "difference": {
            name: abs(answer - value) / max(abs(answer), 1e-30)
            for name, answer in answers.items()
            if name != "lossctl"
        },
        "runs": own.runs,
    }


def time_cases(cases: Iterable[Case], setting: Setting) -> list[dict[str, Any]]:
    """Time every case in one setting and print each row as it is found."""
    print(memory_head(setting), flush=True)
    rows = []
    for case in cases:
        rows.append(time_case(case, setting))
        print(memory_row(rows[-1]), flush=True)
    return rows
