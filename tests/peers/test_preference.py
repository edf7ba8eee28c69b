"""Losses of preferences and policies beside plain formulas under PyTorch's autograd."""

from typing import Any

import numpy as np
import pytest

from tests.peers._inputs import any_shape, normal
from tests.peers._ledger import Ledger
from tests.peers._records import agree_on_records

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


def drawn(
    rng: np.random.Generator, dtype: str, names: tuple[str, ...], scale: float
) -> dict[str, np.ndarray]:
    """Draw an array for each name, all of one shape."""
    shape = any_shape(rng)
    return {name: normal(rng, shape, dtype, scale) for name in names}


def test_bradley_terry(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str) -> None:
    names = ("chosen", "rejected", "margin")[: 2 + seed % 2]

    def items(chosen: Any, rejected: Any, margin: Any = 0.0) -> Any:
        return -functional.logsigmoid(chosen - rejected - margin)

    inputs = drawn(rng, dtype, names, 3)
    agree_on_records(ledger, "bradley_terry", inputs, items, moving=("chosen", "rejected"))


def test_ppo_clip(ledger: Ledger, rng: np.random.Generator, dtype: str) -> None:
    clip = float(rng.uniform(0.05, 0.5))
    inputs = drawn(rng, dtype, ("log_probability", "old_log_probability", "advantage"), 0.5)

    def items(log_probability: Any, old_log_probability: Any, advantage: Any) -> Any:
        ratio = torch.exp(log_probability - old_log_probability)
        held = torch.clamp(ratio, 1 - clip, 1 + clip)
        return -torch.min(ratio * advantage, held * advantage)

    agree_on_records(ledger, "ppo_clip", inputs, items, moving=("log_probability",), clip=clip)


@pytest.mark.parametrize("free", [False, True], ids=["reference", "free"])
def test_dpo(
    ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, *, free: bool
) -> None:
    beta, smoothing = float(rng.uniform(0.05, 1)), (0.0, 0.2)[seed % 2]
    policy = ("policy_chosen", "policy_rejected")
    reference = () if free else ("reference_chosen", "reference_rejected")

    def items(
        policy_chosen: Any,
        policy_rejected: Any,
        reference_chosen: Any = 0.0,
        reference_rejected: Any = 0.0,
    ) -> Any:
        moved = (policy_chosen - policy_rejected) - (reference_chosen - reference_rejected)
        right, wrong = (functional.logsigmoid(s * beta * moved) for s in (1, -1))
        return -(1 - smoothing) * right - smoothing * wrong

    agree_on_records(
        ledger, "dpo", drawn(rng, dtype, policy + reference, 3), items,
        moving=policy, reading="free" if free else "", beta=beta, label_smoothing=smoothing,
    )  # fmt: skip
