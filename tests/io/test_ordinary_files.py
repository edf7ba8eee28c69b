"""Files as people save them are read right, or refused with advice that works."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import LossctlError
from tests.io.ordinary import WAYS, Saved

SEEDS = 500


def value(saved: Saved, inputs: tuple[Any, ...], said: Any) -> float | LossctlError:
    try:
        return float(lossctl.compute(saved.loss, *inputs, **said).value)
    except LossctlError as error:
        return error


@pytest.mark.parametrize("seed", range(SEEDS))
def test_read_right_or_refused_with_advice_that_works(seed: int, tmp_path: Path) -> None:
    way = WAYS[seed % len(WAYS)]
    saved = way(np.random.default_rng(seed), tmp_path)
    got = value(saved, saved.inputs, saved.said)
    if isinstance(got, LossctlError) and "header=False" in str(got):
        saved = saved._replace(said={**saved.said, "header": False})
        got = value(saved, saved.inputs, saved.said)
    if isinstance(got, LossctlError):
        assert saved.named, f"{way.__name__} is read outright, but: {got}"
        assert saved.named in str(got)
        got = value(saved, saved.converted or saved.inputs, {**saved.said, **saved.advised})
    assert got == pytest.approx(saved.right, rel=1e-5)


def test_every_way_is_drawn() -> None:
    assert 10 * len(WAYS) <= SEEDS
