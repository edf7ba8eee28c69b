"""Data whose true values are known, and how often intervals and tests are right about them.

A `Case` draws n items and says the interval of their value; its truth is a closed form or an
integral, never an average of draws. Models of a `Pair` are two noisy readings of the same logits.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from lossctl.uncertainty.bootstrap import block_replicates, bootstrap_interval
from lossctl.uncertainty.clusters import block_cluster_sums, cluster_interval, merge_cluster_sums
from lossctl.uncertainty.intervals import Interval, delta_interval, interval_of_mean
from lossctl.uncertainty.moments import block_moments
from lossctl.uncertainty.serial import serial_interval
from lossctl.uncertainty.shares import effective_size, wilson_limits

Array = NDArray[np.float64]
Random = np.random.Generator
LOGIT_SPREAD = 2.0  # of the true logits of a binary classifier
PER_CLUSTER = 10
ACCURACIES = (0.8, 0.99)
CORRELATION = 0.5  # of neighbours in time
SIZES = (100, 1_000, 10_000, 100_000)


@dataclass(frozen=True)
class Case:
    """A value, how its interval is made from a draw of n items, and the truth.

    Attributes
    ----------
    name
        The value and its data, in words.
    interval
        ``interval(random, n)`` draws and returns the 95 % interval.
    truth
        Of the population.
    sizes
        Numbers of items that are simulated.
    bar
        Whether the coverage is one of those that must lie within 93.5 and 96.5 %.
    """

    name: str
    interval: Callable[[Random, int], Interval]
    truth: float
    sizes: tuple[int, ...] = SIZES
    bar: bool = True

    def coverage(self, n: int, times: int, seed: int = 17) -> float:
        """Return the share of simulations whose interval holds the truth."""
        random = np.random.default_rng([seed, n])
        inside = 0
        for _ in range(times):
            interval = self.interval(random, n)
            inside += bool(interval.low <= self.truth <= interval.high)
        return inside / times


def softplus(values: Array) -> Array:
    """Return log(1 + exp(x))."""
    return np.logaddexp(0.0, values)


@cache
def normal_nodes(nodes: int = 120) -> tuple[Array, Array]:
    """Return Gauss–Hermite points and weights of the standard normal distribution."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    return points, weights / weights.sum()


@cache
def true_log_loss(noise: float) -> float:
    """Return the expected log loss of a model whose logits are the true ones plus normal noise."""
    points, weights = normal_nodes()
    logits = LOGIT_SPREAD * points
    predicted = logits[:, None] + noise * points
    losses = softplus(predicted) - predicted / (1.0 + np.exp(-logits[:, None]))
    return float(weights @ losses @ weights)


def draw_labels(random: Random, n: int) -> tuple[Array, Array]:
    """Return true logits and labels of n items."""
    logits = LOGIT_SPREAD * random.standard_normal(n)
    return logits, (random.random(n) * (1.0 + np.exp(-logits)) < 1.0).astype(float)


def log_losses(predicted: Array, labels: Array) -> Array:
    """Return the log loss of each item."""
    return softplus(predicted) - labels * predicted


def log_loss(random: Random, n: int) -> Interval:
    """Return the interval of a mean log loss."""
    return interval_of_mean(block_moments([log_losses(*draw_labels(random, n))]))


def lognormal(random: Random, n: int) -> Interval:
    """Return the interval of a mean of losses with skewness 6.2."""
    return interval_of_mean(block_moments([random.lognormal(0.0, 1.0, n)]))


def ratio_interval(weights: Array, losses: Array) -> Interval:
    """Return the interval of a weighted mean."""
    moments = block_moments([weights * losses, weights])
    total, weight = moments.sums
    value = total / weight
    return delta_interval(moments, np.array([1.0, -value]) / weight, value)


def weighted_mean(random: Random, n: int) -> Interval:
    """Return the interval of a log loss with uneven weights of samples."""
    return ratio_interval(random.uniform(0.5, 1.5, n), log_losses(*draw_labels(random, n)))


def class_weighted_mean(random: Random, n: int) -> Interval:
    """Return the interval of a log loss whose positive labels count three times."""
    logits, labels = draw_labels(random, n)
    return ratio_interval(1.0 + 2.0 * labels, log_losses(logits, labels))


def true_class_weighted_mean() -> float:
    """Return the expected log loss whose positive labels count three times; half are positive."""
    points, weights = normal_nodes()
    logits = LOGIT_SPREAD * points
    positive = 1.0 / (1.0 + np.exp(-logits))
    losses = 3.0 * positive * softplus(-logits) + (1.0 - positive) * softplus(logits)
    return float(weights @ losses) / 2.0


def share_interval(weights: Array, right: Array) -> Interval:
    """Return Wilson's interval of a share, of the size that the standard error amounts to."""
    found, n = ratio_interval(weights, right), len(right)
    size = float(n)
    if found.standard_error > 0.0:
        size = effective_size(found.value, found.standard_error, n)
    low, high = wilson_limits(found.value, size)
    return replace(found, low=low, high=high, method="wilson")


def accuracy(random: Random, n: int) -> Interval:
    """Return the interval of an accuracy, less the true one."""
    right, truth = draw_right(random, n)
    return less(share_interval(np.ones(n), right), truth)


def weighted_accuracy(random: Random, n: int) -> Interval:
    """Return the interval of an accuracy with uneven weights of samples, less the true one."""
    right, truth = draw_right(random, n)
    return less(share_interval(random.uniform(0.5, 1.5, n), right), truth)


def accuracy_by_t(random: Random, n: int) -> Interval:
    """Return the same by t, which ends beyond 1 or has no width near 1."""
    right, truth = draw_right(random, n)
    return less(interval_of_mean(block_moments([right])), truth)


def draw_right(random: Random, n: int) -> tuple[Array, float]:
    """Return whether each of n items is right, and the true accuracy, which each draw has anew."""
    truth = float(random.uniform(*ACCURACIES))
    return (random.random(n) < truth).astype(float), truth


def less(interval: Interval, truth: float) -> Interval:
    """Return how far the limits lie from the truth."""
    return replace(interval, low=interval.low - truth, high=interval.high - truth)


def weighted_squares(random: Random, n: int) -> Interval:
    """Return the interval of a weighted mean of squares that grow with their weights."""
    weights = random.uniform(0.2, 2.0, n)
    return ratio_interval(weights, (1.0 + weights) * random.standard_normal(n) ** 2)


def draw_masks(random: Random, n: int) -> tuple[Array, Array]:
    """Return the overlap of each image's masks, and the sum of both."""
    true = random.gamma(2.0, 50.0, n)
    overlap = true * random.beta(8.0, 2.0, n)
    return overlap, true + overlap + random.gamma(1.0, 20.0, n)


def dice(random: Random, n: int) -> Interval:
    """Return the interval of the Dice loss pooled over images."""
    moments = block_moments(draw_masks(random, n))
    overlap, total = moments.sums
    gradient = np.array([-2.0 / total, 2.0 * overlap / total**2])
    return delta_interval(moments, gradient, 1.0 - 2.0 * overlap / total)


def dice_by_bootstrap(random: Random, n: int) -> Interval:
    """Return the percentile interval of the Dice loss pooled over images."""
    overlap, total = draw_masks(random, n)
    replicates = block_replicates([overlap, total], 0, seed=int(random.integers(2**63)))
    value = 1.0 - 2.0 * overlap.sum() / total.sum()
    return bootstrap_interval(replicates, value, lambda sums: 1.0 - 2.0 * sums[:, 0] / sums[:, 1])


def mean_by_bootstrap(random: Random, n: int) -> Interval:
    """Return the percentile interval of a mean log loss."""
    losses = log_losses(*draw_labels(random, n))
    replicates = block_replicates([losses], 0, seed=int(random.integers(2**63)))
    return bootstrap_interval(replicates, float(losses.mean()), lambda sums: sums[:, 0] / n)


def root_mean(squares: Array) -> Interval:
    """Return the interval of the root mean squared error, by the delta method."""
    moments = block_moments([squares])
    value = math.sqrt(moments.means[0])
    return delta_interval(moments, np.array([0.5 / value / len(squares)]), value)


def rmse(random: Random, n: int) -> Interval:
    """Return the interval of the rmse of normal errors."""
    return root_mean(random.standard_normal(n) ** 2)


def rmse_of_uneven_errors(random: Random, n: int) -> Interval:
    """Return the interval of the rmse of normal errors of uneven scale (kurtosis 3.9)."""
    return root_mean((random.uniform(0.5, 1.5, n) * random.standard_normal(n)) ** 2)


def perplexity(random: Random, n: int) -> Interval:
    """Return the interval of the exponential of a mean negative log-likelihood."""
    mean = interval_of_mean(block_moments([random.gamma(2.0, 1.0, n)]))
    return mean.through(math.exp, math.exp(mean.value))


def perplexity_by_delta(random: Random, n: int) -> Interval:
    """Return the symmetric interval of the same."""
    moments = block_moments([random.gamma(2.0, 1.0, n)])
    value = math.exp(moments.means[0])
    return delta_interval(moments, np.array([value / n]), value)


def draw_clusters(random: Random, n: int) -> tuple[Array, NDArray[np.intp]]:
    """Return losses that share an effect of their cluster, of 5 to 15 items, and its number."""
    sizes = random.integers(5, 16, n // 5)
    codes = np.repeat(np.arange(len(sizes)), sizes)[:n]
    effects = random.standard_normal(len(sizes))
    return effects[codes] + random.standard_normal(n), codes


def clustered_mean(random: Random, n: int) -> Interval:
    """Return the cluster-robust interval of a mean."""
    losses, codes = draw_clusters(random, n)
    clusters = merge_cluster_sums([block_cluster_sums([losses], codes)], int(codes[-1]) + 1)
    return cluster_interval(clusters, np.array([1.0 / n]), float(losses.mean()))


def draw_series(random: Random, n: int) -> Array:
    """Return a stationary AR(1) series with mean 0."""
    from scipy.signal import lfilter

    noise = random.standard_normal(n)
    noise[0] /= math.sqrt(1.0 - CORRELATION**2)
    return lfilter([1.0], [1.0, -CORRELATION], noise)


def serial_mean(random: Random, n: int) -> Interval:
    """Return the interval of the mean of a series."""
    series = draw_series(random, n)
    return serial_interval(series / n, float(series.mean()))


CASES = (
    Case("mean log loss, t", log_loss, true_log_loss(0.0)),
    Case("weighted mean log loss, delta", weighted_mean, true_log_loss(0.0)),
    Case("Dice pooled over images, delta", dice, 1.0 - 2.0 * 80.0 / (100.0 + 80.0 + 20.0)),
    Case("rmse, delta", rmse, 1.0),
    Case("perplexity, exp of t", perplexity, math.exp(2.0)),
    Case("clustered mean, CR1", clustered_mean, 0.0),
    Case("accuracy of 80 to 99 %, Wilson", accuracy, 0.0),
    Case("weighted accuracy, Wilson", weighted_accuracy, 0.0, SIZES[:3], bar=False),
    Case("accuracy of 80 to 99 %, t", accuracy_by_t, 0.0, SIZES[:3], bar=False),
    Case("mean log loss, bootstrap", mean_by_bootstrap, true_log_loss(0.0), SIZES[:2], bar=False),
    Case("Dice, bootstrap", dice_by_bootstrap, 0.2, SIZES[:2], bar=False),
    Case(
        "weighted mean of squares (skewness 4), delta",
        weighted_squares,
        1.0 + (0.2**2 + 0.2 * 2.0 + 2.0**2) / 3.0 / 1.1,
        SIZES[:3],
        bar=False,
    ),
    Case(
        "log loss with class weights 3 : 1, delta",
        class_weighted_mean,
        true_class_weighted_mean(),
        SIZES[:3],
        bar=False,
    ),
    Case(
        "rmse of uneven errors (kurtosis 3.9), delta",
        rmse_of_uneven_errors,
        math.sqrt(13.0 / 12.0),
        SIZES[:3],
        bar=False,
    ),
    Case("perplexity, delta", perplexity_by_delta, math.exp(2.0), SIZES[:3], bar=False),
    Case("mean of an AR(1) series with ρ = 0.5, serial", serial_mean, 0.0, SIZES[:3], bar=False),
    Case(
        "mean of lognormal losses (skewness 6.2), t", lognormal, math.exp(0.5), SIZES[:3], bar=False
    ),
)


@dataclass(frozen=True)
class Pair:
    """Two models of a binary classification, whose logits are the true ones plus noise.

    Attributes
    ----------
    noise
        Standard deviation of the noise in the logits of the baseline.
    shared
        Correlation of the noise of the two models, as of two trainings on the same data.
    excess
        How much higher the model's expected loss is, relative to the baseline's.
    """

    noise: float = 0.5
    shared: float = 0.5
    excess: float = 0.0

    @property
    def loss(self) -> float:
        """The expected loss of the baseline."""
        return true_log_loss(self.noise)

    @property
    def model_noise(self) -> float:
        """The noise that makes the model's expected loss as much higher."""
        if self.excess == 0.0:
            return self.noise
        target = (1.0 + self.excess) * self.loss
        return float(brentq(lambda noise: true_log_loss(noise) - target, self.noise, 5.0))

    def draw(self, random: Random, n: int) -> tuple[Array, Array]:
        """Return the losses of both models."""
        logits, labels = draw_labels(random, n)
        first = random.standard_normal(n)
        own = math.sqrt(1.0 - self.shared**2)
        second = self.shared * first + own * random.standard_normal(n)
        return (
            log_losses(logits + self.noise * first, labels),
            log_losses(logits + self.model_noise * second, labels),
        )
