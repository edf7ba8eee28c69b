"""Bits of values and gradients: ``python -m benchmarks.bits write FILE``, later ``check FILE``.

For every loss, form and set of parameters of the laws a value is computed, plain and with items
left out, with its gradient. On one machine a change of code that should change no number leaves the
file as it is; on another the last bits may differ, and ``check --near`` compares to 1e-10.
"""

import argparse
import hashlib
import json
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.errors import LossctlError
from lossctl.losses.catalogue import every_loss
from lossctl.testing.cases import Case, cases_of
from lossctl.testing.draws import draw
from lossctl.testing.running import run, slopes

ITEMS = {"batch": (4, 8), "lists": (4, 8), "grid": 3}  # of groups; 24 items of everything else
VARIATIONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "double": {"precision": "double"},
    "sum": {"reduction": "sum"},
    "weights": {"weights": (0.0, 2.0, 1.0)},
    "sample": {"pooling": "sample"},
    "batches": {"batch_size": 7},
}
NEAR = 1e-10


def main() -> int:
    """Write the file, or compare it with what is computed now."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=["write", "check"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--near", action="store_true", help="compare values to 1e-10")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    found = dict(figures())
    if given.action == "write":
        given.file.write_text(json.dumps(found, indent=0) + "\n", encoding="utf-8")
        print(f"{len(found)} figures")
        return 0
    wanted = json.loads(given.file.read_text(encoding="utf-8"))
    differing = [
        name for name in wanted if not alike(wanted[name], found.get(name), near=given.near)
    ]
    for name in differing:
        print(f"{name}: was {wanted[name]}, is {found.get(name)}")
    print(f"{len(differing)} of {len(wanted)} differ; {len(found.keys() - wanted.keys())} are new")
    return 1 if differing else 0


def figures() -> Iterator[tuple[str, list[str]]]:
    """Yield the name of each figure, and the bits of the value with a digest of the gradient."""
    for loss in every_loss():
        for number, case in enumerate(cases_of(loss)):
            arrays = draw(case, ITEMS.get(case.sort, 24))
            for variation, options in VARIATIONS.items():
                try:
                    yield f"{loss.id} {number} {variation}", bits(case, arrays, options)
                except LossctlError:  # the loss does not take this option
                    continue


def bits(case: Case, arrays: Any, options: dict[str, Any]) -> list[str]:
    """Return the value as a hexadecimal number, and a digest of the gradient."""
    given = dict(options)
    if "weights" in given:
        given["weights"] = np.resize(given["weights"], len(arrays[0]))
    value = run(case, arrays, **given).value
    gradients = slopes(case, arrays, **given)
    joined = b"".join(array.tobytes() for array in gradients.values())
    return [float(value).hex(), hashlib.sha256(joined).hexdigest()[:16]]


def alike(one: list[str], other: list[str] | None, *, near: bool) -> bool:
    """Whether two figures are the same, or their values near."""
    if other is None or not near:
        return one == other
    values = [float.fromhex(figure[0]) for figure in (one, other)]
    return bool(np.isclose(*values, rtol=NEAR, atol=0.0, equal_nan=True))


if __name__ == "__main__":
    sys.exit(main())
