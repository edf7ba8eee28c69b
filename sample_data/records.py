"""Data for losses of other inputs: embeddings, lists, sequences, preferences, boxes, generators.

Embeddings and lists are made from data that scikit-learn ships; the rest from seeded generators.
"""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from entries import SEED, Dataset, Entry, rounded
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.special import log_softmax
from sklearn.datasets import load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.preprocessing import StandardScaler, normalize

OWN = "Synthetic: a seeded generator. No one else's data."
DIGITS = (
    "scikit-learn load_digits, a copy of the test set of the UCI ML hand-written digits datasets "
    "(E. Alpaydin, C. Kaynak, 1998, CC BY 4.0)."
)


def record_datasets() -> Iterator[Dataset]:
    """Make the data sets, one after the other."""
    for make in (embeddings, ranking, speech, preferences, boxes, generative):
        yield make()


def embeddings() -> Dataset:
    """Sixteen principal components of pictures of digits, as triplets, pairs and a batch."""
    pictures, digits = load_digits(return_X_y=True)
    vectors = rounded(normalize(PCA(16, svd_solver="full").fit_transform(pictures / 16.0)))
    rng = np.random.default_rng(SEED)
    anchors = rng.choice(len(digits), 60, replace=False)
    same = [rng.choice(np.flatnonzero(digits == digits[a])) for a in anchors]
    other = [rng.choice(np.flatnonzero(digits != digits[a])) for a in anchors]
    triplets = np.stack([vectors[anchors], vectors[same], vectors[other]], axis=1)
    similar = (np.arange(60) % 2 == 0).astype(np.int64)
    pairs = np.stack(
        [triplets[:, 0], np.where(similar[:, None], triplets[:, 1], triplets[:, 2])], 1
    )
    distances = np.linalg.norm(triplets[:, :1] - triplets[:, 1:], axis=2)
    batch = np.sort(rng.choice(len(digits), 120, replace=False))
    centres = normalize(np.stack([vectors[digits == digit].mean(axis=0) for digit in range(10)]))
    ratings = np.round(np.clip((triplets[:, 0] * pairs[:, 1]).sum(axis=1), 0.0, 1.0), 1)
    return Dataset(
        "Embeddings (60 triplets and pairs, a batch of 120, 16 features)",
        "Principal components of the pictures, scaled to unit length. Positives show the anchor's "
        "digit, negatives another one; pairs take turns between the two. cosines are those to the "
        "mean of each digit, ratings the cosine of a pair rounded to tenths.",
        DIGITS,
        (
            Entry("embeddings/anchor.npy", triplets[:, 0], "anchors"),
            Entry("embeddings/positive.npy", triplets[:, 1], "another picture of the same digit"),
            Entry("embeddings/negative.npy", triplets[:, 2], "a picture of another digit"),
            Entry("embeddings/triplets.npy", triplets, "the three stacked along axis 1"),
            Entry("embeddings/pairs.npy", pairs, "two pictures stacked along axis 1"),
            Entry("embeddings/first.npy", pairs[:, 0], "the first of each pair"),
            Entry("embeddings/second.npy", pairs[:, 1], "the second of each pair"),
            Entry("embeddings/similar.npy", similar, "1 where a pair shows one digit, 0 elsewhere"),
            Entry("embeddings/ratings.npy", ratings, "how alike each pair is, 0 to 1"),
            Entry(
                "embeddings/distances.npy",
                rounded(distances),
                "distances of the anchor to positive and negative",
            ),
            Entry("embeddings/embeddings.npy", vectors[batch], "a batch of embeddings"),
            Entry("embeddings/labels.npy", digits[batch].astype(np.int64), "the digit of each"),
            Entry("embeddings/cosines.npy", rounded(vectors[batch] @ centres.T), "of each digit"),
        ),
    )


def ranking() -> Dataset:
    """Documents of queries: patients ranked by how far their disease went, in lists of 5 to 12."""
    bunch = load_diabetes()
    folds = KFold(n_splits=10, shuffle=True, random_state=SEED)
    features = StandardScaler().fit_transform(bunch.data)
    model = Ridge(alpha=10.0, solver="cholesky")
    scores = cross_val_predict(model, features, bunch.target, cv=folds)
    rng = np.random.default_rng(SEED + 1)
    sizes = rng.integers(5, 13, size=40)
    count = int(sizes.sum())
    queries = np.repeat(np.arange(1, 41), sizes)
    cuts = np.quantile(bunch.target, [0.5, 0.75, 0.9])
    relevance = np.searchsorted(cuts, bunch.target[:count], side="right").astype(np.int64)
    scores = rounded((scores[:count] - 150.0) / 50.0)
    table = {"query": queries, "score": scores, "relevance": relevance}
    return Dataset(
        f"Ranking ({count} items in 40 lists)",
        "Ridge regression (alpha=10) of the progression, 10 shuffled folds, shifted and scaled, as "
        "scores; relevance 0 to 3 by quartiles and the top tenth. Lists are runs of patients.",
        "scikit-learn load_diabetes (see Regression).",
        (
            Entry("ranking/scores.npy", scores, "scores of the items"),
            Entry("ranking/relevance.npy", relevance, "grades of relevance, 0 to 3"),
            Entry("ranking/queries.npy", queries, "the list of each item"),
            Entry("ranking/ranking.csv", table, "the three as columns"),
        ),
    )


def speech() -> Dataset:
    """Frames that spell letters, for losses that align sequences."""
    rng = np.random.default_rng(SEED + 2)
    steps, items, classes = 40, 6, 8
    frames = rng.normal(size=(steps, items, classes))
    lengths = rng.integers(28, steps + 1, size=items)
    counts = rng.integers(4, 9, size=items)
    targets = np.zeros((items, 8), np.int64)
    for item in range(items):
        letters = rng.integers(1, classes, size=counts[item])
        targets[item, : counts[item]] = letters
        places = np.sort(rng.choice(lengths[item], counts[item], replace=False))
        frames[:, item, 0] += 2.5
        frames[places, item, letters] += 6.0
    logits = rounded(frames)
    return Dataset(
        "Sequences to align (6 of up to 40 frames, 8 symbols, 0 is blank)",
        "Normal noise with a lead for the blank, and peaks for the letters of each target.",
        OWN,
        (
            Entry("speech/logits.npy", logits, "(time, item, class)"),
            Entry(
                "speech/log_probs.npy",
                log_softmax(logits, axis=2).swapaxes(0, 1).copy(),
                "log-probabilities, (item, time, class), not rounded",
            ),
            Entry("speech/targets.npy", targets, "letters, padded with 0 at their ends"),
            Entry(
                "speech/packed.npy",
                np.concatenate([row[:n] for row, n in zip(targets, counts, strict=True)]),
                "the same letters end to end",
            ),
            Entry("speech/input_lengths.npy", lengths.astype(np.int64), "frames of each item"),
            Entry("speech/target_lengths.npy", counts.astype(np.int64), "letters of each item"),
        ),
    )


def preferences() -> Dataset:
    """Pairs of answers of which one was preferred, and a step of a policy."""
    rng = np.random.default_rng(SEED + 3)
    names = ("policy_chosen", "policy_rejected", "reference_chosen", "reference_rejected")
    reference = -rng.gamma(8.0, 4.0, size=(2, 80))
    policy = reference + rng.normal([[0.8], [-0.6]], 1.5, size=(2, 80))
    logs = dict(zip(names, rounded(np.concatenate([policy, reference])), strict=True))
    rewards = rng.normal([[0.9], [0.0]], 1.2, size=(2, 80))
    old = -rng.gamma(2.0, 0.8, size=200)
    return Dataset(
        "Preferences (80 pairs of answers, 200 actions)",
        "Rewards and log-probabilities of chosen and rejected answers; a policy somewhat better "
        "than its reference. Log-probabilities of actions before and after a step, advantages.",
        OWN,
        (
            Entry("preferences/chosen.npy", rounded(rewards[0]), "reward of the chosen answer"),
            Entry("preferences/rejected.npy", rounded(rewards[1]), "reward of the rejected one"),
            *(Entry(f"preferences/{n}.npy", v, f"log-probability: {n}") for n, v in logs.items()),
            Entry("preferences/answers.csv", logs, "the four log-probabilities as columns"),
            Entry(
                "preferences/log_probability.npy",
                rounded(old + rng.normal(0.0, 0.15, size=200)),
                "of the action taken, by the new policy",
            ),
            Entry("preferences/old_log_probability.npy", rounded(old), "by the old policy"),
            Entry("preferences/advantage.npy", rounded(rng.normal(size=200)), "of the action"),
        ),
    )


def boxes() -> Dataset:
    """Predicted and true boxes of objects, and the scores of their classes."""
    rng = np.random.default_rng(SEED + 4)
    corner = rng.uniform(0.0, 80.0, size=(50, 2))
    truth = np.concatenate([corner, corner + rng.uniform(5.0, 40.0, size=(50, 2))], axis=1)
    sizes = np.tile(truth[:, 2:] - truth[:, :2], 2)
    predicted = truth + rng.normal(0.0, 0.08, size=truth.shape) * sizes
    classes = rng.integers(0, 5, size=50)
    logits = rng.normal(-2.0, 1.0, size=(50, 5))
    logits[np.arange(50), classes] += 3.0
    return Dataset(
        "Boxes (50 objects, x1 y1 x2 y2 in pixels, 5 classes)",
        "True boxes, and the same with each side moved by about 8 % of its length; logits with a "
        "lead for the true class.",
        OWN,
        (
            Entry("boxes/predictions.npy", rounded(predicted), "predicted boxes"),
            Entry("boxes/targets.npy", rounded(truth), "true boxes"),
            Entry("boxes/class_logits.npy", rounded(logits), "logits of the five classes"),
            Entry("boxes/classes.npy", classes, "the true class"),
            Entry("boxes/class_targets.npy", np.eye(5)[classes], "the same as rows of 0 and 1"),
        ),
    )


def smooth_images(rng: np.random.Generator, count: int) -> NDArray[np.float64]:
    """Draw blurred noise scaled to 0..1."""
    images = gaussian_filter(rng.normal(size=(count, 16, 16)), (0.0, 2.0, 2.0))
    low, high = (f(images, axis=(1, 2), keepdims=True) for f in (np.min, np.max))
    return (images - low) / (high - low)


def generative() -> Dataset:
    """What generators are judged by: codes, scores, noise, features, pictures."""
    rng = np.random.default_rng(SEED + 5)
    noise = rng.normal(size=(12, 8, 8))
    steps = rng.uniform(0.05, 20.0, size=12)
    features = rng.gamma(2.0, 0.5, size=(2, 4, 6, 5, 5))
    images = smooth_images(rng, 4)
    return Dataset(
        "Generative models (scores, noise, features, pictures)",
        "Scores of a discriminator; predicted noise at twelve signal-to-noise ratios; features; "
        "pictures of blurred noise.",
        OWN,
        (
            Entry("generative/real.npy", rounded(rng.normal(1.2, 1.0, 64)), "logits of real items"),
            Entry("generative/fake.npy", rounded(rng.normal(-0.9, 1.0, 64)), "of generated items"),
            Entry("generative/noise.npy", rounded(noise), "true noise"),
            Entry(
                "generative/predicted_noise.npy",
                rounded(noise + rng.normal(0.0, 0.2, size=noise.shape)),
                "predicted noise",
            ),
            Entry("generative/snr.npy", rounded(steps), "signal-to-noise ratio of each item"),
            Entry(
                "generative/features.npy", rounded(features[0]), "(item, channel, height, width)"
            ),
            Entry(
                "generative/target_features.npy",
                rounded(0.8 * features[0] + 0.2 * features[1]),
                "features of the targets",
            ),
            Entry("generative/images.npy", rounded(images), "pictures, 0 to 1"),
            Entry(
                "generative/generated.npy",
                rounded(np.clip(images + rng.normal(0.0, 0.05, images.shape), 0.0, 1.0)),
                "the same with noise",
            ),
        ),
    )
