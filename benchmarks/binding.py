"""Calls of a bound loss beside ``value_and_gradient`` and ``compute``, whose every call plans.

``python -m benchmarks.binding`` prints microseconds a call, medians of interleaved runs; seconds.
"""

import argparse
from collections.abc import Callable

import numpy as np

import lossctl
from benchmarks.timing import interleaved

SIZES = (100, 1000, 100_000)
CASES: dict[str, dict[str, float]] = {
    "mse": {},
    "huber": {"delta": 0.5},
    "bce_with_logits": {},
    "focal": {"gamma": 2.0},
    "cross_entropy": {},
    "logit_adjusted_cross_entropy": {},
}
ROWS = ("cross_entropy", "logit_adjusted_cross_entropy")


def main() -> None:
    """Time every case at every size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15, help="runs of each call")
    runs = parser.parse_args().runs
    names = ("bound", "value_and_gradient", "compute")
    print(f"{'loss':30}{'items':>8}" + "".join(f"{name + ' µs':>23}" for name in names))
    for loss, params in CASES.items():
        for items in SIZES:
            seconds = of_case(loss, params, items, runs)
            shown = "".join(f"{1e6 * seconds[name]:23.0f}" for name in names)
            print(f"{loss:30}{items:8}{shown}", flush=True)


def of_case(loss: str, params: dict[str, float], items: int, runs: int) -> dict[str, float]:
    """Return the median seconds of each kind of call, after checking that their numbers agree."""
    random = np.random.default_rng(0)
    scores = random.normal(size=(items, 5) if loss in ROWS else items)
    targets = random.integers(0, 5 if loss in ROWS else 2, items)
    given = {**params, **({"input": "logits"} if loss not in {"mse", "huber"} else {})}
    bound = lossctl.bind(loss, targets, **params)
    value, _ = bound(scores)
    assert value == lossctl.compute(loss, scores, targets, **given).value
    repeated = range(max(20_000 // items, 1))

    def repeat(call: Callable[[], object]) -> Callable[[], object]:
        return lambda: [call() for _ in repeated]

    times, _ = interleaved(
        {
            "bound": repeat(lambda: bound(scores)),
            "value_and_gradient": repeat(
                lambda: lossctl.value_and_gradient(loss, scores, targets, **given)
            ),
            "compute": repeat(lambda: lossctl.compute(loss, scores, targets, **given)),
        },
        runs,
        5.0,
    )
    return {name: found.wall / len(repeated) for name, found in times.items()}


if __name__ == "__main__":
    main()
