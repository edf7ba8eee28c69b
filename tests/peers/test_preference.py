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


MARGIN_LOSSES: dict[str, Any] = {
    # as TRL's DPOTrainer.dpo_loss writes them, `h` the log-ratio margin
    "ipo": (lambda h, beta: (h - 1 / (2 * beta)) ** 2, {}),
    "slic": (lambda h, beta: torch.relu(1 - beta * h), {}),
    "robust_dpo": (
        lambda h, beta: (
            (-functional.logsigmoid(beta * h) * 0.7 + functional.logsigmoid(-beta * h) * 0.3)
            / (1 - 2 * 0.3)
        ),
        {"label_smoothing": 0.3},
    ),
}


@pytest.mark.parametrize("loss", MARGIN_LOSSES)
def test_losses_of_the_margin(
    ledger: Ledger, rng: np.random.Generator, dtype: str, loss: str
) -> None:
    formula, params = MARGIN_LOSSES[loss]
    beta = float(rng.uniform(0.05, 1))
    names = ("policy_chosen", "policy_rejected", "reference_chosen", "reference_rejected")

    def items(
        policy_chosen: Any, policy_rejected: Any, reference_chosen: Any, reference_rejected: Any
    ) -> Any:
        policy, reference = policy_chosen - policy_rejected, reference_chosen - reference_rejected
        return formula(policy - reference, beta)

    agree_on_records(
        ledger, loss, drawn(rng, dtype, names, 3), items, moving=names[:2], beta=beta, **params
    )


def test_kto(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str) -> None:
    beta, good, bad = (float(x) for x in rng.uniform(0.05, 2, size=3))
    inputs = drawn(rng, dtype, ("policy", "reference", "targets", "kl")[: 3 + seed % 2], 3)
    inputs["targets"] = (inputs["targets"] > 0).astype(dtype)
    if "kl" in inputs:
        inputs["kl"] = np.abs(inputs["kl"])

    def items(policy: Any, reference: Any, targets: Any, kl: Any = 0.0) -> Any:
        ratio = policy - reference
        chosen = torch.sigmoid(-beta * (ratio - kl))  # 1 − σ would cancel in float32
        rejected = torch.sigmoid(-beta * (kl - ratio))
        return torch.where(targets > 0, good * chosen, bad * rejected)

    agree_on_records(
        ledger, "kto", inputs, items, moving=("policy",), beta=beta, desirable_weight=good,
        undesirable_weight=bad,
    )  # fmt: skip


def test_orpo(ledger: Ledger, rng: np.random.Generator, dtype: str) -> None:
    beta = float(rng.uniform(0.05, 2))
    inputs = drawn(rng, dtype, ("policy_chosen", "policy_rejected"), 2)
    inputs = {name: -np.abs(array) - np.asarray(0.1, dtype) for name, array in inputs.items()}

    def items(policy_chosen: Any, policy_rejected: Any) -> Any:
        log_odds = (policy_chosen - policy_rejected) - (
            torch.log1p(-torch.exp(policy_chosen)) - torch.log1p(-torch.exp(policy_rejected))
        )
        return -policy_chosen - beta * functional.logsigmoid(log_odds)

    agree_on_records(ledger, "orpo", inputs, items, moving=tuple(inputs), beta=beta)


def test_simpo_and_cpo(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str) -> None:
    beta, smoothing, gamma, alpha = float(rng.uniform(0.05, 3)), (0.0, 0.2)[seed % 2], 0.7, 0.6
    inputs = drawn(rng, dtype, ("policy_chosen", "policy_rejected"), 2)

    def smoothed(h: Any) -> Any:
        right, wrong = functional.logsigmoid(h), functional.logsigmoid(-h)
        return -right * (1 - smoothing) - wrong * smoothing

    def simpo(policy_chosen: Any, policy_rejected: Any) -> Any:
        return smoothed(beta * (policy_chosen - policy_rejected - gamma / beta))

    def cpo(policy_chosen: Any, policy_rejected: Any) -> Any:
        return smoothed(beta * (policy_chosen - policy_rejected)) - alpha * policy_chosen

    shared: dict[str, Any] = {"moving": tuple(inputs), "beta": beta, "label_smoothing": smoothing}
    agree_on_records(ledger, "simpo", inputs, simpo, gamma=gamma, **shared)
    agree_on_records(ledger, "cpo", inputs, cpo, nll_weight=alpha, **shared)


RATIO_LOSSES: dict[str, Any] = {
    # as TRL's DPOTrainer.dpo_loss writes them, of both log-ratios
    "sppo": lambda a, b, beta: (a - 0.5 / beta) ** 2 + (b + 0.5 / beta) ** 2,
    "nca": lambda a, b, beta: (
        -functional.logsigmoid(beta * a)
        - 0.5 * functional.logsigmoid(-beta * a)
        - 0.5 * functional.logsigmoid(-beta * b)
    ),
    "apo": lambda a, b, beta: 1 - torch.sigmoid(beta * a) + torch.sigmoid(beta * b),
    "apo:anchor=down": lambda a, b, beta: (
        torch.sigmoid(beta * a) + 1 - torch.sigmoid(beta * (a - b))
    ),
    "discopop": lambda a, b, beta: (
        -functional.logsigmoid(beta * (a - b)) * (1 - torch.sigmoid(beta * (a - b) / 0.05))
        + torch.exp(-beta * (a - b)) * torch.sigmoid(beta * (a - b) / 0.05)
    ),
}


@pytest.mark.parametrize("loss", RATIO_LOSSES)
def test_losses_of_both_ratios(ledger: Ledger, rng: np.random.Generator, loss: str) -> None:
    """In float64: 1 − σ cancels in float32."""
    if ledger.dtype == "float32":
        pytest.skip("TRL's formulas cancel in float32")
    name, _, anchor = loss.partition(":anchor=")
    beta, params = float(rng.uniform(0.05, 1)), {"anchor": anchor} if anchor else {}
    names = ("policy_chosen", "policy_rejected", "reference_chosen", "reference_rejected")

    def items(
        policy_chosen: Any, policy_rejected: Any, reference_chosen: Any, reference_rejected: Any
    ) -> Any:
        ratios = policy_chosen - reference_chosen, policy_rejected - reference_rejected
        return RATIO_LOSSES[loss](*ratios, beta)

    agree_on_records(
        ledger, name, drawn(rng, "float64", names, 2), items, moving=names[:2], beta=beta, **params
    )
