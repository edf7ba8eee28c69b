"""What the tests of `lossctl recommend` share: reading its answer, and data to ask about."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.cli.run import Outcome


def data(done: Outcome) -> dict:
    assert done.code == 0, done.err
    return json.loads(done.out, parse_constant=pytest.fail)


def scored(folder: Path) -> tuple[Path, Path]:
    """Save 200 binary labels and their logits."""
    rng = np.random.default_rng(0)
    labels = (rng.uniform(size=200) < 0.4).astype(int)
    np.save(folder / "y.npy", labels)
    np.save(folder / "p.npy", 2.0 * labels - 1 + 2 * rng.normal(size=200))
    return folder / "y.npy", folder / "p.npy"
