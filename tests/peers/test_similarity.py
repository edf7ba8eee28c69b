"""Losses of embeddings beside PyTorch: its own functions, or a few lines with autograd."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.losses.catalogue import get
from tests.peers._ledger import Ledger

torch = pytest.importorskip("torch")
functional = torch.nn.functional

pytestmark = pytest.mark.peers

Array = np.ndarray


def compare(
    ledger: Ledger,
    loss: str,
    inputs: list[Array],
    items: Callable[..., Any],
    *,
    counts: Array | None = None,
    **params: Any,
) -> None:
    """Hold items, their mean over those that count, and all gradients against autograd's."""
    leaves = [
        torch.tensor(x, requires_grad=bool(np.issubdtype(x.dtype, np.floating))) for x in inputs
    ]
    theirs = items(*leaves)
    if theirs.ndim:
        ours = lossctl.compute(loss, *inputs, reduction="none", **params).value
        ledger.compare(loss, "torch", "items", ours, theirs.detach().numpy())
    number = theirs.numel() if counts is None else float(counts.sum())
    mean = theirs.sum() / number
    mean.backward()
    value = lossctl.compute(loss, *inputs, **params).value
    ledger.compare(loss, "torch", "value", value, mean.detach().numpy())
    for name, slope in lossctl.gradient(loss, *inputs, **params).items():
        places = {entry.name: n for n, entry in enumerate(entries(loss, len(inputs), inputs))}
        grad = leaves[places[name]].grad.numpy()
        ledger.compare(loss, "torch", "gradient", slope, grad)


def entries(loss: str, number: int, inputs: list[Array]) -> Any:
    """Return the inputs of the declaration that takes these arrays."""
    declared = get(loss)
    if loss == "triplet" and number == 2:
        return declared.variants[1 if inputs[1].dtype.kind == "i" else 0].inputs
    return declared.inputs


def vectors(
    rng: np.random.Generator,
    dtype: str,
    number: int,
    *,
    least: int = 1,
    width: int = 40,
    scale: float = 1.0,
) -> list[Array]:
    """Draw arrays of embeddings of one shape."""
    shape = (int(rng.integers(least, 90)), int(rng.integers(1, width)))
    return [rng.normal(scale=scale, size=shape).astype(dtype) for _ in range(number)]


def signs(rng: np.random.Generator, count: int, dtype: str) -> Array:
    return np.where(rng.uniform(size=count) < 0.5, 1, -1).astype(dtype)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("swap", [False, True])
def test_triplet(ledger: Ledger, rng: np.random.Generator, p: float, swap: bool) -> None:
    inputs = vectors(rng, ledger.dtype, 3, width=9)  # long sums of |x| round away from each other
    margin, epsilon = float(rng.uniform(0.5, 4)), 0.03125

    def items(a: Any, b: Any, c: Any) -> Any:
        return functional.triplet_margin_loss(
            a, b, c, margin=margin, p=p, swap=swap, eps=epsilon, reduction="none"
        )

    compare(ledger, "triplet", inputs, items, margin=margin, p=p, swap=swap, epsilon=epsilon)


@pytest.mark.parametrize("kind", ["squared", "cosine"])
def test_triplet_of_other_distances(ledger: Ledger, rng: np.random.Generator, kind: str) -> None:
    if kind == "squared" and ledger.dtype == "float32":
        pytest.skip("differences of squares round to less than six digits in float32")
    margin = float(rng.uniform(0.5, 2))
    inputs = [one + one.dtype.type(0.125) for one in vectors(rng, ledger.dtype, 3, width=9)]

    def distance(a: Any, b: Any) -> Any:
        if kind == "cosine":
            return 1 - functional.cosine_similarity(a, b)
        return (a - b).pow(2).sum(-1)

    def items(a: Any, b: Any, c: Any) -> Any:
        return functional.triplet_margin_with_distance_loss(
            a, b, c, distance_function=distance, margin=margin, reduction="none"
        )

    compare(ledger, "triplet", inputs, items, margin=margin, distance=kind)


def test_cosine_embedding(ledger: Ledger, rng: np.random.Generator) -> None:
    first, second = vectors(rng, ledger.dtype, 2, scale=50.0)  # PyTorch adds 1e-12 to ‖x‖²
    margin = float(rng.uniform(-0.5, 0.5))

    def items(a: Any, b: Any, y: Any) -> Any:
        return functional.cosine_embedding_loss(a, b, y, margin=margin, reduction="none")

    inputs = [first, second, signs(rng, len(first), ledger.dtype)]
    compare(ledger, "cosine_embedding", inputs, items, margin=margin)


def test_hinge_embedding(ledger: Ledger, rng: np.random.Generator) -> None:
    sizes = np.abs(rng.normal(size=50)).astype(ledger.dtype)
    margin = float(rng.uniform(0.5, 2))

    def items(x: Any, y: Any) -> Any:
        return functional.hinge_embedding_loss(x, y, margin=margin, reduction="none")

    inputs = [sizes, signs(rng, 50, ledger.dtype)]
    compare(ledger, "hinge_embedding", inputs, items, margin=margin)


def test_margin_ranking(ledger: Ledger, rng: np.random.Generator) -> None:
    first, second = rng.normal(size=(2, 50)).astype(ledger.dtype)
    margin = float(rng.uniform(0, 2))

    def items(a: Any, b: Any, y: Any) -> Any:
        return functional.margin_ranking_loss(a, b, y, margin=margin, reduction="none")

    inputs = [first, second, signs(rng, 50, ledger.dtype)]
    compare(ledger, "margin_ranking", inputs, items, margin=margin)


@pytest.mark.parametrize("similar", [0, 1])
def test_contrastive(ledger: Ledger, rng: np.random.Generator, similar: int) -> None:
    first, second = vectors(rng, ledger.dtype, 2)
    labels = (rng.uniform(size=len(first)) < 0.5).astype(ledger.dtype)
    margin = float(rng.uniform(1, 9))

    def items(a: Any, b: Any, y: Any) -> Any:
        sizes = torch.linalg.vector_norm(a - b, dim=1)
        same = y.detach() if similar else 1 - y.detach()
        return same * sizes**2 + (1 - same) * torch.relu(margin - sizes) ** 2

    inputs = [first, second, labels]
    compare(ledger, "contrastive", inputs, items, margin=margin, similar_label=similar)


def test_cosines(ledger: Ledger, rng: np.random.Generator) -> None:
    first, second = vectors(rng, ledger.dtype, 2)
    wanted = rng.uniform(-1, 1, size=len(first)).astype(ledger.dtype)

    def distance(a: Any, b: Any) -> Any:
        return 1 - functional.cosine_similarity(a, b)

    def squares(a: Any, b: Any, t: Any) -> Any:
        return (functional.cosine_similarity(a, b) - t) ** 2

    compare(ledger, "cosine_similarity", [first, second, wanted], squares)
    if first.shape[1] > 1:  # numbers have no angle but 0 and π, and no gradient
        compare(ledger, "cosine_distance", [first, second], distance)


def shifted_softmax(a: Any, b: Any, scale: float, similarity: str) -> Any:
    """−log softmax of the diagonal of all similarities."""
    if similarity == "cosine":
        a, b = functional.normalize(a), functional.normalize(b)
    scores = a @ b.T * scale
    return functional.cross_entropy(scores, torch.arange(len(a)), reduction="none")


@pytest.mark.parametrize("similarity", ["cosine", "dot"])
def test_info_nce(ledger: Ledger, rng: np.random.Generator, similarity: str) -> None:
    inputs = vectors(rng, ledger.dtype, 2, least=4)
    temperature = float(rng.uniform(0.3, 2)) * (1 if similarity == "cosine" else 4)
    compare(
        ledger,
        "info_nce",
        inputs,
        lambda a, b: shifted_softmax(a, b, 1 / temperature, similarity),
        temperature=temperature,
        similarity=similarity,
    )


def test_multiple_negatives_ranking(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = vectors(rng, ledger.dtype, 3, least=4)

    def items(a: Any, b: Any, c: Any) -> Any:
        return shifted_softmax(a, torch.cat([b, c]), 3.0, "cosine")

    compare(ledger, "multiple_negatives_ranking", inputs, items, scale=3.0)


def test_clip(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = vectors(rng, ledger.dtype, 2, least=4)

    def items(a: Any, b: Any) -> Any:
        return (shifted_softmax(a, b, 4.0, "cosine") + shifted_softmax(b, a, 4.0, "cosine")) / 2

    compare(ledger, "clip", inputs, items, temperature=0.25)


def test_n_pairs(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = vectors(rng, ledger.dtype, 2, least=4, scale=0.4)

    def items(a: Any, b: Any) -> Any:
        return shifted_softmax(a, b, 1.0, "dot") + 0.25 * 0.5 * ((a**2).sum(1) + (b**2).sum(1))

    compare(ledger, "n_pairs", inputs, items, l2=0.5)


def test_nt_xent(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = vectors(rng, ledger.dtype, 2, least=4)
    count = len(inputs[0])

    def items(a: Any, b: Any) -> Any:
        views = functional.normalize(torch.cat([a, b]))
        scores = (views @ views.T / 0.4).masked_fill(torch.eye(2 * count).bool(), -torch.inf)
        own = (torch.arange(2 * count) + count) % (2 * count)
        found = functional.cross_entropy(scores, own, reduction="none")
        return (found[:count] + found[count:]) / 2

    compare(ledger, "nt_xent", inputs, items, temperature=0.4)


def labelled(rng: np.random.Generator, dtype: str) -> tuple[list[Array], Array, Array]:
    """Draw embeddings and labels; which anchors have a positive, and which a negative."""
    (embeddings,) = vectors(rng, dtype, 1, least=9)
    labels = rng.integers(0, 5, size=len(embeddings))
    labels[:3] = [0, 0, 1]
    same = labels[:, None] == labels
    return [embeddings, labels], same.sum(axis=1) > 1, ~same.all(axis=1)


def masks(labels: Any) -> tuple[Any, Any]:
    same = labels[:, None] == labels
    return same & ~torch.eye(len(labels)).bool(), ~same


def log_sums(scores: Any, mask: Any) -> Any:
    """Log-sum over the masked entries of rows that have some; 0 for others."""
    found = scores.masked_fill(~mask, -torch.inf)
    some = mask.any(1)
    return torch.zeros(len(scores), dtype=scores.dtype).masked_scatter(
        some, torch.logsumexp(found[some], 1)
    )


@pytest.mark.parametrize("kind", ["norm", "cosine"])
def test_contrastive_of_other_distances(
    ledger: Ledger, rng: np.random.Generator, kind: str
) -> None:
    """Distances and hinges as they are: pytorch-metric-learning's, and of cosines."""
    count = int(rng.integers(1, 40))
    first, second = rng.normal(size=(2, count, 9)).astype(ledger.dtype)
    margin = float(rng.uniform(0.5, 2))

    def items(a: Any, b: Any, y: Any) -> Any:
        size = (a - b).norm(dim=-1)
        if kind == "cosine":
            size = 1 - functional.cosine_similarity(a, b)
        return y * size + (1 - y) * torch.relu(margin - size)

    labels = (signs(rng, len(first), ledger.dtype) > 0).astype(ledger.dtype)
    inputs, how = [first, second, labels], {"distance": kind, "squared": False}
    compare(ledger, "contrastive", inputs, items, margin=margin, **how)


def test_supervised_contrastive(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs, some, _ = labelled(rng, ledger.dtype)

    def items(a: Any, labels: Any) -> Any:
        like, unlike = masks(labels)
        unit = functional.normalize(a)
        scores = unit @ unit.T / 0.3
        whole = log_sums(scores, like | unlike)[:, None]
        return torch.where(like, whole - scores, 0).sum(1) / like.sum(1).clamp(min=1)

    compare(ledger, "supervised_contrastive", inputs, items, counts=some, temperature=0.3)


def test_circle(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs, some, other = labelled(rng, ledger.dtype)

    def items(a: Any, labels: Any) -> Any:
        like, unlike = masks(labels)
        unit = functional.normalize(a)
        s = unit @ unit.T
        near = -6 * torch.relu(1.4 - s) * (s - 0.6)
        far = 6 * torch.relu(s + 0.4) * (s - 0.4)
        both = functional.softplus(log_sums(near, like) + log_sums(far, unlike), threshold=1e9)
        return torch.where(like.any(1) & unlike.any(1), both, 0)

    compare(ledger, "circle", inputs, items, counts=some & other, margin=0.4, gamma=6.0)


def test_multi_similarity(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs, _, _ = labelled(rng, ledger.dtype)

    def items(a: Any, labels: Any) -> Any:
        like, unlike = masks(labels)
        unit = functional.normalize(a)
        s = unit @ unit.T - 0.3
        near = torch.log1p(torch.where(like, torch.exp(-3 * s), 0).sum(1)) / 3
        return near + torch.log1p(torch.where(unlike, torch.exp(7 * s), 0).sum(1)) / 7

    compare(ledger, "multi_similarity", inputs, items, alpha=3.0, beta=7.0, base=0.3)


@pytest.mark.parametrize("mining", ["batch_all", "batch_hard", "semi_hard"])
def test_mined_triplets(ledger: Ledger, rng: np.random.Generator, mining: str) -> None:
    (embeddings, labels), _, _ = labelled(rng, ledger.dtype)
    embeddings, labels = embeddings[:24, :9], labels[:24]
    chosen = mined(embeddings, labels, mining)
    weights = np.bincount([a for a, _, _ in chosen], minlength=len(labels))

    def items(x: Any, _: Any) -> Any:
        found = [torch.zeros((), dtype=x.dtype) for _ in range(len(x))]
        for a, p, n in chosen:
            near, far = torch.linalg.vector_norm(x[a] - x[p]), torch.linalg.vector_norm(x[a] - x[n])
            found[a] = found[a] + torch.relu(near - far + 0.8)
        return torch.stack(found)

    inputs = [embeddings, labels]
    compare(ledger, "triplet", inputs, items, counts=weights, margin=0.8, mining=mining)


def mined(embeddings: Array, labels: Array, mining: str) -> list[tuple[int, int, int]]:
    """Choose triplets by loops over all of them."""
    wide = embeddings.astype(np.float64)
    sizes = np.sqrt(((wide[:, None] - wide) ** 2).sum(-1))
    found = []
    for a in range(len(labels)):
        like = [j for j in range(len(labels)) if labels[j] == labels[a] and j != a]
        unlike = [j for j in range(len(labels)) if labels[j] != labels[a]]
        if mining == "batch_all":
            found += [(a, p, n) for p in like for n in unlike]
        elif mining == "batch_hard" and like:
            found.append((a, like[np.argmax(sizes[a, like])], unlike[np.argmin(sizes[a, unlike])]))
        elif mining == "semi_hard":
            for p in like:
                farther = [n for n in unlike if sizes[a, n] > sizes[a, p]]
                n = min(farther, key=lambda n: sizes[a, n]) if farther else None
                far = unlike[int(np.argmax(sizes[a, unlike]))] if n is None else n
                found.append((a, p, far))
    return found


def test_angular_margins(ledger: Ledger, rng: np.random.Generator) -> None:
    cosines = rng.uniform(-0.99, 0.99, size=(40, 6)).astype(ledger.dtype)
    classes = rng.integers(0, 6, size=40)
    rows = np.arange(40)

    def arc(c: Any, y: Any) -> Any:
        own = c[rows, y]
        turned = torch.where(
            torch.acos(own) + 0.4 < np.pi, torch.cos(torch.acos(own) + 0.4), own - 0.4 * np.sin(0.4)
        )
        return functional.cross_entropy(
            3 * c.index_put((torch.arange(40), y), turned), y, reduction="none"
        )

    def face(c: Any, y: Any) -> Any:
        logits = 3 * (c - 0.4 * functional.one_hot(y, 6).to(c.dtype))
        return functional.cross_entropy(logits, y, reduction="none")

    compare(ledger, "arcface", [cosines, classes], arc, margin=0.4, scale=3.0)
    compare(ledger, "cosface", [cosines, classes], face, margin=0.4, scale=3.0)


def test_barlow_twins(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = vectors(rng, ledger.dtype, 2, least=12)

    def number(a: Any, b: Any) -> Any:
        norm = torch.nn.functional.batch_norm
        left, right = (norm(x, None, None, training=True, eps=0.125) for x in (a, b))
        c = left.T @ right / len(a)
        rest = (c**2).sum() - (torch.diagonal(c) ** 2).sum()
        return ((torch.diagonal(c) - 1) ** 2).sum() + 0.2 * rest

    compare(ledger, "barlow_twins", inputs, number, redundancy=0.2, epsilon=0.125)


def test_vicreg(ledger: Ledger, rng: np.random.Generator) -> None:
    inputs = vectors(rng, ledger.dtype, 2, least=12)

    def side(x: Any) -> tuple[Any, Any]:
        apart = x - x.mean(0)
        c = apart.T @ apart / (len(x) - 1)
        rest = ((c**2).sum() - (torch.diagonal(c) ** 2).sum()) / x.shape[1]
        return torch.relu(1.25 - torch.sqrt(x.var(0) + 0.01)).mean() / 2, rest

    def number(a: Any, b: Any) -> Any:
        (spread, rest), (other, more) = side(a), side(b)
        gap = functional.mse_loss(a, b)
        return 3 * gap + 7 * (spread + other) + 2 * (rest + more)

    compare(
        ledger,
        "vicreg",
        inputs,
        number,
        invariance_weight=3.0,
        variance_weight=7.0,
        covariance_weight=2.0,
        gamma=1.25,
        epsilon=0.01,
    )
