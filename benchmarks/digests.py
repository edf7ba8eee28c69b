"""What the digest of the data adds to losses on arrays in memory: ns an element, one thread."""

from collections.abc import Callable
from unittest import mock

import numpy as np

import lossctl
from benchmarks.cases import Case, named
from benchmarks.timing import interleaved
from lossctl.engine import digests

ELEMENTS, RUNS = 4_000_000, 9
LOSSES = ("mse", "bce_with_logits", "focal", "cross_entropy/10")


def calls(case: Case, dtype: type[np.floating]) -> dict[str, Callable[[], float]]:
    """Return a loss alone, with its context, and with the digest too."""
    arrays = case.draw(np.random.default_rng(0), ELEMENTS, dtype)

    def value(*, context: bool) -> float:
        given = {**case.params, "threads": 1, "context": context}
        return float(lossctl.compute(case.loss, *arrays, **given).value)

    def undigested() -> float:
        with mock.patch.object(digests, "partial_hash", return_value=0):
            return value(context=True)

    return {
        "alone": lambda: value(context=False),
        "context": undigested,
        "digest": lambda: value(context=True),
    }


def main() -> None:
    """Print a table."""
    print(f"{'loss':20}{'dtype':9}{'alone':>9}{'context':>9}{'+ digest':>10}   (ns a score)")
    for case in named([*LOSSES]):
        for dtype in (np.float32, np.float64):
            times, _ = interleaved(calls(case, dtype), RUNS, float("inf"))
            alone, context, digest = (1e9 * one.wall / ELEMENTS for one in times.values())
            row = f"{alone:9.2f}{context:9.2f}{digest - context:+10.2f}"
            print(f"{case.name:20}{dtype.__name__:9}{row}")


if __name__ == "__main__":
    main()
