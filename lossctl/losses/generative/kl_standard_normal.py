"""Kullback–Leibler divergence of a diagonal Gaussian from the standard normal."""

from lossctl.core.loss import Array, Curve, Example, Input, Page, Reference
from lossctl.kernels.numeric.chebyshev import tangent_excess
from lossctl.kernels.numeric.primitives import expm1
from lossctl.losses.builders.records import record_loss


def value(mean: Array, log_variance: Array) -> Array:
    """½·Σ (μ² + e^s − 1 − s), each term at least 0."""
    return 0.5 * (mean * mean + tangent_excess(-log_variance)).sum(axis=1)


def slopes(mean: Array, log_variance: Array) -> dict[str, Array]:
    """μ, and ½(e^s − 1)."""
    return {"mean": mean, "log_variance": 0.5 * expm1(log_variance)}


KL_STANDARD_NORMAL = record_loss(
    "kl_standard_normal",
    title="KL divergence from the standard normal",
    tasks=("generative", "vae"),
    inputs=(
        Input("mean", "item feature", "value", "means of the latents", differentiable=True),
        Input(
            "log_variance",
            "item feature",
            "value",
            "logarithms of the variances of the latents",
            differentiable=True,
        ),
    ),
    value=value,
    slopes=slopes,
    page=Page(
        summary="KL of N(μ, σ²) from N(0, 1): ½·Σ(μ² + σ² − 1 − log σ²), the VAE regulariser",
        also_called=("Gaussian KL", "ELBO regularizer"),
        curve=Curve("mean of one latent of variance 1", -3.0, 3.0, lambda x: ([[x]], [[0.0]])),
        formula="−½·Σ (1 + s − μ² − e^s) over the features of a row,  s = log variance",
        use_when=(
            (
                "the regulariser of a variational autoencoder is inspected (add a reconstruction "
                "loss)"
            ),
            "collapsed latents are to be found: features whose divergence is 0",
        ),
        avoid_when=(
            "the encoder gives standard deviations: pass 2·log σ",
            "two distributions over classes are compared (use kl_divergence)",
        ),
        expected={
            "perfect": "0: the latents carry no information, which is not a goal",
            "good": "some nats for each latent in use",
            "bad": "near 0 in all rows: posterior collapse",
        },
        references=(
            Reference(
                "Kingma & Welling, Auto-encoding variational Bayes (2014)", "arXiv:1312.6114"
            ),
        ),
        examples=(
            Example.of(
                1.25,
                "½(1² + 2²) and 0: (2½ + 0) / 2",
                mean=[[1.0, 2.0], [0.0, 0.0]],
                log_variance=[[0.0, 0.0], [0.0, 0.0]],
            ),
            Example.of(
                0.8068528194400547,
                "variance 4: ½(4 − 1 − log 4) = 1½ − log 2",
                mean=[[0.0]],
                log_variance=[[1.3862943611198906]],
            ),
        ),
        notes=(
            "summed over the features of a row and averaged over rows, as in a VAE's bound",
            "β-VAE multiplies it by β: give the weight in a run",
        ),
    ),
)
