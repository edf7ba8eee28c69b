"""Snippets of losses with inputs of their own, executed: they give our number."""

from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.recommender.decision_tree import load_tree
from lossctl.recommender.snippets import snippet, snippets

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.peers

RNG = np.random.default_rng(4)
ORDERED = ("coral", "corn", "cumulative_logits")
VECTORS = [RNG.normal(size=(12, 5)) for _ in range(3)]
SIDES = RNG.integers(0, 2, 12)
LOGS = torch.log_softmax(torch.tensor(RNG.normal(size=(9, 3, 5))), dim=2).numpy()
CORNERS = RNG.uniform(0, 2, (20, 2))
BOXES = np.concatenate([CORNERS, CORNERS + RNG.uniform(0.5, 2, (20, 2))], axis=1)
GRADES = RNG.integers(0, 4, 12)
MAPS = [RNG.gamma(2.0, 1.0, (3, 4, 5, 5)) for _ in range(2)]

CASES: list[tuple[str, dict[str, Any], tuple[Any, ...]]] = [
    ("triplet", {"margin": 0.7, "p": 1.5, "swap": True}, tuple(VECTORS)),
    ("contrastive", {"margin": 3.0, "similar_label": 0}, (*VECTORS[:2], SIDES)),
    ("cosine_similarity", {}, (*VECTORS[:2], RNG.uniform(size=12))),
    ("arcface", {"margin": 0.3, "scale": 8.0}, (RNG.uniform(-0.9, 0.9, (12, 4)), GRADES)),
    ("info_nce", {"temperature": 0.3}, tuple(VECTORS[:2])),
    ("multiple_negatives_ranking", {"scale": 6.0}, tuple(VECTORS[:2])),
    ("clip", {"temperature": 0.4}, tuple(VECTORS[:2])),
    ("nt_xent", {"temperature": 0.6}, tuple(VECTORS[:2])),
    ("supervised_contrastive", {"temperature": 0.4}, (VECTORS[0], GRADES)),
    ("ranknet", {"sigma": 1.3}, (VECTORS[0][:, 0], GRADES)),
    ("listnet", {}, (VECTORS[0][:, 0], GRADES.astype(float))),
    ("poly1_softmax", {"epsilon": 0.7}, (VECTORS[0][:, 0], GRADES.astype(float))),
    ("unique_softmax", {}, (VECTORS[0][:, 0], GRADES.astype(float))),
    ("pairwise_quantile", {"tau": 0.3}, (VECTORS[0][:, 0], GRADES.astype(float))),
    ("lambda_rank", {"sigma": 1.3}, (VECTORS[0][:, 0], GRADES)),
    ("lambda_loss", {"sigma": 1.3, "mu": 4.0}, (VECTORS[0][:, 0], GRADES)),
    ("approx_mrr", {"temperature": 0.7}, (VECTORS[0][:, 0], GRADES)),
    (
        "ctc",
        {},
        (LOGS, np.array([[1, 2, 2], [3, 1, 0], [4, 0, 0]]), np.array([9, 8, 7]), [3, 2, 1]),
    ),
    ("bradley_terry", {}, (VECTORS[0][:, 0], VECTORS[0][:, 1])),
    ("dpo", {"beta": 0.4}, tuple(VECTORS[0].T[:4])),
    ("interval", {"alpha": 0.2}, (*np.sort(VECTORS[0].T[:2], axis=0), VECTORS[0][:, 2])),
    ("crps_ensemble", {}, (VECTORS[0], VECTORS[1][:, 0])),
    (
        "negative_binomial_nll",
        {},
        (VECTORS[0][:, 0], np.exp(VECTORS[0][:, 1]), RNG.poisson(2.0, len(VECTORS[0])) * 1.0),
    ),
    (
        "zero_inflated_poisson_nll",
        {},
        (VECTORS[0][:, 0], VECTORS[0][:, 1], RNG.poisson(1.0, len(VECTORS[0])) * 1.0),
    ),
    *((loss, {}, (-np.sort(-VECTORS[0]), np.arange(len(VECTORS[0])) % 6)) for loss in ORDERED),
    ("ipo", {"beta": 0.4}, tuple(VECTORS[0].T[:4])),
    ("slic", {"beta": 0.4, "delta": 0.7}, tuple(VECTORS[0].T[:4])),
    ("robust_dpo", {"beta": 0.4, "label_smoothing": 0.2}, tuple(VECTORS[0].T[:4])),
    (
        "kto",
        {"beta": 0.4, "desirable_weight": 1.5, "undesirable_weight": 0.5},
        (*VECTORS[0].T[:2], (VECTORS[0][:, 2] > 0).astype(float)),
    ),
    ("orpo", {"beta": 0.4, "nll_weight": 0.5}, tuple(-np.abs(VECTORS[0].T[:2]))),
    ("simpo", {"beta": 0.4, "gamma": 0.2}, tuple(-np.abs(VECTORS[0].T[:2]))),
    ("cpo", {"beta": 0.4, "nll_weight": 0.5}, tuple(VECTORS[0].T[:2])),
    ("ppo_clip", {"clip": 0.1}, (VECTORS[0][:, 0] * 0.2, VECTORS[0][:, 1] * 0.2, VECTORS[0][:, 2])),
    ("giou", {}, (BOXES, BOXES + RNG.normal(0, 0.1, BOXES.shape))),
    *(
        ("gan_generator", {"mode": mode}, (VECTORS[0][:, 0],))
        for mode in ("bce", "minimax", "least_squares", "hinge", "wasserstein")
    ),
    ("diffusion_noise", {}, tuple(VECTORS[:2])),
    ("gram_style", {}, tuple(MAPS)),
]
WITH_ITS_INPUTS = {loss for loss, _, _ in CASES}


class Asked:
    """What a snippet is made from: a loss and its parameters."""

    def __init__(self, loss: str, params: dict[str, Any]) -> None:
        self.loss, self.params, self.options, self.spec = loss, params, {}, loss


@pytest.mark.parametrize(("loss", "params", "inputs"), CASES)
def test_the_snippet_gives_our_number(
    loss: str, params: dict[str, Any], inputs: tuple[Any, ...]
) -> None:
    names: dict[str, Any] = {}
    code = snippet(Asked(loss, params), "pytorch", {})  # type: ignore[arg-type]
    exec(compile(code, loss, "exec"), names)  # noqa: S102 - our own snippet
    theirs = float(names["loss"](*(torch.tensor(np.asarray(array)) for array in inputs)))
    assert theirs == pytest.approx(lossctl.compute(loss, *inputs, **params).value, rel=1e-6)


def test_every_snippet_of_these_is_run() -> None:
    leaves = {leaf.loss for leaf in load_tree().leaves.values()}
    coded = [name for name in snippets("pytorch") if "/" not in name]
    losses = {n: lossctl.losses.catalogue.get(n) for n in coded}
    declared = {n for n, loss in losses.items() if loss.in_words or len(loss.inputs) > 2}
    assert declared == WITH_ITS_INPUTS
    known = leaves & set(lossctl.losses.catalogue.CATALOGUE)
    records = {n for n in known if lossctl.losses.catalogue.get(n).in_words}
    assert records - declared <= {"ssim"}
