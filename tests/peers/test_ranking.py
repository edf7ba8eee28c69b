"""Ranking losses beside plain formulas under PyTorch's autograd, and optax's softmax."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import lossctl
from tests.peers._ledger import Ledger
from tests.peers._records import agree_on_records

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers


@pytest.fixture
def lists(rng: np.random.Generator, dtype: str) -> dict[str, np.ndarray]:
    """Draw scores and grades of lists of several lengths, all of them with a pair."""
    sizes = [int(size) for size in rng.integers(2, 12, size=int(rng.integers(1, 20)))]
    grades = [np.append(rng.integers(0, 5, size=size - 1), 5) for size in sizes]
    order = rng.permutation(len(sizes))
    return {
        "predictions": rng.normal(scale=2.0, size=sum(sizes)).astype(dtype),
        "targets": np.concatenate(grades).astype(dtype),
        "group": np.repeat(order, sizes),
    }


def of_lists(group: np.ndarray, one: Any) -> Any:
    """Turn a formula of one list into one of all lists, in the order in which they appear."""
    cuts = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(group)]

    def items(predictions: Any, targets: Any) -> Any:
        found = [one(predictions[a:b], targets[a:b]) for a, b in pairwise(cuts)]
        return torch.stack(found)

    return items


def agree(ledger: Ledger, loss: str, lists: dict[str, np.ndarray], one: Any, **given: Any) -> None:
    group = lists["group"]
    inputs = {name: lists[name] for name in ("predictions", "targets")}
    agree_on_records(ledger, loss, inputs, of_lists(group, one), group=group, **given)


def test_ranknet(
    ledger: Ledger, rng: np.random.Generator, seed: int, lists: dict[str, np.ndarray]
) -> None:
    sigma, pairs = float(rng.uniform(0.3, 3)), ("mean", "sum")[seed % 2]

    def one(scores: Any, grades: Any) -> Any:
        better = grades[:, None] > grades[None, :]
        costs = -functional.logsigmoid(sigma * (scores[:, None] - scores))[better]
        return costs.mean() if pairs == "mean" else costs.sum()

    agree(ledger, "ranknet", lists, one, sigma=sigma, pairs=pairs)


def test_listnet(ledger: Ledger, seed: int, lists: dict[str, np.ndarray]) -> None:
    shares = seed % 2 == 0

    def one(scores: Any, grades: Any) -> Any:
        wanted = grades / grades.sum() if shares else torch.softmax(grades, 0)
        return functional.cross_entropy(scores[None], wanted[None])

    agree(ledger, "listnet", lists, one, distribution="share" if shares else "softmax")


def test_listmle(ledger: Ledger, seed: int, lists: dict[str, np.ndarray]) -> None:
    k = (None, 1, 4)[seed % 3]

    def one(scores: Any, grades: Any) -> Any:
        falling = scores[torch.sort(grades, descending=True, stable=True).indices]
        rest = torch.logcumsumexp(falling.flip(0), 0).flip(0)
        return (rest - falling)[:k].sum()

    agree(ledger, "listmle", lists, one, k=k)


def test_lambda_rank(
    ledger: Ledger, rng: np.random.Generator, seed: int, lists: dict[str, np.ndarray]
) -> None:
    sigma, k = float(rng.uniform(0.3, 3)), (None, 1, 4)[seed % 3]
    gain = ("exponential", "linear")[seed % 2]

    def discount(places: Any) -> Any:
        found = 1 / torch.log2(1.0 + places.to(torch.float64))
        return found if k is None else found * (places <= k)

    def one(scores: Any, grades: Any) -> Any:
        worth = grades.to(torch.float64)
        worth = 2**worth - 1 if gain == "exponential" else worth
        places = torch.argsort(torch.argsort(scores, descending=True)) + 1
        best = (torch.sort(worth, descending=True).values
                * discount(torch.arange(1, len(worth) + 1))).sum()  # fmt: skip
        moved = discount(places)
        change = ((worth[:, None] - worth) * (moved[:, None] - moved)).abs() / best
        costs = -functional.logsigmoid(sigma * (scores[:, None] - scores))
        return (change * costs * (grades[:, None] > grades)).sum().to(scores.dtype)

    agree(ledger, "lambda_rank", lists, one, sigma=sigma, k=k, gain=gain)


@pytest.mark.parametrize("scheme", ["ndcg_loss2++", "ndcg_loss2"])
def test_lambda_loss_as_allrank_writes_it(
    ledger: Ledger, rng: np.random.Generator, lists: dict[str, np.ndarray], scheme: str
) -> None:
    sigma, mu = float(rng.uniform(0.3, 3)), float(rng.uniform(0, 20))

    def one(scores: Any, grades: Any) -> Any:
        falling, order = torch.sort(scores, descending=True)
        worth = 2.0 ** grades.to(torch.float64) - 1
        inverse = 1 / torch.log2(torch.arange(2, len(worth) + 3, dtype=torch.float64))
        best = (torch.sort(worth, descending=True).values * inverse[:-1]).sum()
        worth, inside = worth[order] / best, grades[order]
        apart = (torch.arange(len(worth))[:, None] - torch.arange(len(worth))).abs()
        weights = inverse[(apart - 1).clamp(min=0)] - inverse[apart]
        if scheme == "ndcg_loss2++":
            weights = mu * weights + (inverse[:-1, None] - inverse[:-1]).abs()
        costs = -functional.logsigmoid(sigma * (falling[:, None] - falling)) / np.log(2)
        change = weights * (worth[:, None] - worth).abs()
        return (change * costs)[inside[:, None] > inside].sum().to(scores.dtype)

    agree(ledger, "lambda_loss", lists, one, sigma=sigma, mu=mu, scheme=scheme)


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_approx_mrr_as_tf_ranking_writes_it(
    ledger: Ledger, lists: dict[str, np.ndarray], temperature: float
) -> None:
    def one(scores: Any, grades: Any) -> Any:
        gaps = (scores - scores[:, None]).to(torch.float64) / temperature
        ranks = 0.5 + torch.sigmoid(gaps).sum(dim=1)
        return (1 - (grades / ranks).sum() / grades.sum()).to(scores.dtype)

    agree(ledger, "approx_mrr", lists, one, temperature=temperature)


@pytest.mark.parametrize("discount", ["logarithmic", "exponential"])
def test_position_aware_listmle(
    ledger: Ledger, lists: dict[str, np.ndarray], discount: str
) -> None:
    """As TF-Ranking writes it: costs of places times a function of the place."""

    def one(scores: Any, grades: Any) -> Any:
        falling = scores[torch.sort(grades, descending=True, stable=True).indices]
        costs = torch.logcumsumexp(falling.flip(0), 0).flip(0) - falling
        places = torch.arange(1, len(scores) + 1).to(torch.float64)
        weights = 1 / torch.log2(1 + places)
        if discount == "exponential":
            weights = (2 ** (len(scores) - places) - 1) / (2 ** (len(scores) - 1) - 1)
        return (costs * weights.to(scores.dtype))[:-1].sum()

    agree(ledger, "listmle", lists, one, discount=discount)


@pytest.mark.parametrize("power", [1, 2])
def test_pairs_weighted_by_their_relevance(
    ledger: Ledger, lists: dict[str, np.ndarray], power: int
) -> None:
    """As allRank's rankNet_weightByGTDiff and rankNet_weightByGTDiff_pow."""

    def one(scores: Any, grades: Any) -> Any:
        better = grades[:, None] > grades
        weights = (grades[:, None] ** power - grades**power).abs()
        return (weights * functional.softplus(scores - scores[:, None]))[better].mean()

    agree(ledger, "ranknet", lists, one, pair_weights=("relevance", "squared_relevance")[power - 1])


def test_softmax_of_optax(
    ledger: Ledger, rng: np.random.Generator, dtype: str, lists: dict[str, np.ndarray]
) -> None:
    """Its labels are not divided by their sum."""
    ranking_softmax = pytest.importorskip("optax").losses.ranking_softmax_loss
    scores = rng.normal(scale=3, size=(5, 8)).astype(dtype)
    grades = rng.integers(0, 4, size=(5, 8)).astype(dtype)
    grades[:, 0] = 1
    theirs = np.asarray(ranking_softmax(scores, grades, reduce_fn=None))
    own = lossctl.compute("listnet", scores, grades, distribution="share", reduction="none").value
    tolerance = 1e-6 if dtype == "float32" else 1e-5  # JAX computes in float32
    np.testing.assert_allclose(own * grades.sum(axis=1), theirs, rtol=tolerance)
    if dtype == "float32":
        ledger.compare("listnet (share)", "optax", "items", own * grades.sum(axis=1), theirs)


PAIRWISE: dict[str, Any] = {  # as Rax writes them, of differences of scores
    "pairwise_hinge": lambda d: torch.relu(1 - d),
    "pairwise_soft_zero_one": lambda d: torch.sigmoid(-d),
}


@pytest.mark.parametrize("loss", PAIRWISE)
def test_functions_of_pairs(
    ledger: Ledger, seed: int, lists: dict[str, np.ndarray], loss: str
) -> None:
    pairs = ("mean", "sum")[seed % 2]

    def one(scores: Any, grades: Any) -> Any:
        costs = PAIRWISE[loss](scores[:, None] - scores)[grades[:, None] > grades]
        return costs.mean() if pairs == "mean" else costs.sum()

    agree(ledger, loss, lists, one, pairs=pairs)


def test_pairwise_mse(ledger: Ledger, seed: int, lists: dict[str, np.ndarray]) -> None:
    pairs = ("mean", "sum")[seed % 2]

    def one(scores: Any, grades: Any) -> Any:
        gaps = (scores[:, None] - scores) - (grades[:, None] - grades)
        return (gaps**2).mean() if pairs == "mean" else (gaps**2).sum()

    agree(ledger, "pairwise_mse", lists, one, pairs=pairs)


def test_pooled_pairs_of_pairwise_mse(lists: dict[str, np.ndarray]) -> None:
    """One mean over the pairs of all lists, as Rax's."""
    total, count = 0.0, 0
    for number in set(lists["group"]):
        residual = (lists["predictions"] - lists["targets"])[lists["group"] == number]
        total += float(((residual[:, None] - residual).astype(float) ** 2).sum())
        count += len(residual) ** 2
    value = lossctl.compute(
        "pairwise_mse", lists["predictions"], lists["targets"], group=lists["group"], pairs="pooled"
    ).value
    assert value == pytest.approx(total / count, rel=1e-6)


@pytest.mark.parametrize("temperature", [1.0, 0.3])
def test_approx_ndcg(ledger: Ledger, lists: dict[str, np.ndarray], temperature: float) -> None:
    """As allRank writes it, in float64: 1 − NDCG of a good order has few digits in float32."""
    if ledger.dtype == "float32":
        pytest.skip("differences from 1 have no six digits in float32")

    def one(scores: Any, grades: Any) -> Any:
        places = torch.arange(1, len(scores) + 1, dtype=scores.dtype)
        best = ((2 ** grades.sort(descending=True)[0] - 1) / torch.log2(1.0 + places)).sum()
        ahead = torch.sigmoid((scores - scores[:, None]) / temperature)
        ranks = 1 + (ahead * (1 - torch.eye(len(scores)))).sum(1)
        return 1 - ((2**grades - 1) / torch.log2(1 + ranks)).sum() / best

    agree(ledger, "approx_ndcg", lists, one, temperature=temperature)


RAX: dict[str, tuple[str, dict[str, Any]]] = {  # each function of Rax that is no mean of items
    "softmax_loss": ("rax.softmax_loss", {}),
    "poly1_softmax_loss": ("poly1_softmax_loss", {"epsilon": 0.7}),
    "unique_softmax_loss": ("unique_softmax_loss", {}),
    "listmle_loss": ("rax.listmle_loss", {}),
    "pairwise_hinge_loss": ("pairwise_hinge_loss", {}),
    "pairwise_logistic_loss": ("pairwise_logistic_loss", {}),
    "pairwise_soft_zero_one_loss": ("pairwise_soft_zero_one_loss", {}),
    "pairwise_mse_loss": ("pairwise_mse_loss", {}),
    "pairwise_qr_loss": ("pairwise_qr_loss", {"tau": 0.3, "squared": True}),
}


@pytest.mark.parametrize("name", RAX)
def test_functions_of_rax(rng: np.random.Generator, name: str) -> None:
    """By Rax's own names, with one mean over all lists as it takes it; some have no relevance."""
    rax, jax = pytest.importorskip("rax"), pytest.importorskip("jax")
    ours, given = RAX[name]
    scores, grades = rng.normal(scale=2.0, size=(6, 7)), rng.integers(0, 4, size=(6, 7)) * 1.0
    if name == "listmle_loss":
        grades = np.argsort(rng.normal(size=(6, 7)), axis=1) * 1.0  # its ties are drawn at random
    if name in {"softmax_loss", "poly1_softmax_loss"}:
        grades[2] = 0.0
    with jax.enable_x64(True):
        theirs, slope = jax.value_and_grad(getattr(rax, name))(scores, grades, **given)
    own = lossctl.compute(ours, scores, grades, **given).value
    assert own == pytest.approx(float(theirs), rel=1e-12)
    gradient = lossctl.gradient(ours, scores, grades, **given)["predictions"]
    np.testing.assert_allclose(gradient, np.asarray(slope), rtol=1e-11, atol=1e-13)


def test_listnet_top_k(ledger: Ledger, seed: int, lists: dict[str, np.ndarray]) -> None:
    """Over all ordered pairs of a list, as the paper writes the sum."""

    def one(scores: Any, grades: Any) -> Any:
        def log_chances(values: Any) -> Any:  # of i first and j second, (L, L)
            rest = values.repeat(len(values), 1).masked_fill(torch.eye(len(values)) > 0, -torch.inf)
            return torch.log_softmax(values, 0)[:, None] + torch.log_softmax(rest, 1)

        true, seen = log_chances(grades).exp(), log_chances(scores)
        off = torch.eye(len(scores)) == 0
        return -(true[off] * seen[off]).sum()

    agree(ledger, "listnet_top_k", lists, one, k=2)
