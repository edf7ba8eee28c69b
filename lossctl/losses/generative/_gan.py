"""What the losses of both players share: their tasks, the game they play, and references."""

from collections.abc import Mapping

from lossctl.core.domain import Choice
from lossctl.core.loss import Reference
from lossctl.core.param import Param
from lossctl.kernels.adversarial import Cost

TASKS = ("generative", "gan")
REFERENCES = (
    Reference("Goodfellow et al., Generative adversarial networks (2014)", "arXiv:1406.2661"),
    Reference(
        "Mao et al., Least squares generative adversarial networks (2017)", "arXiv:1611.04076"
    ),
    Reference("Lim & Ye, Geometric GAN: the hinge (2017)", "arXiv:1705.02894"),
    Reference("Arjovsky, Chintala & Bottou, Wasserstein GAN (2017)", "arXiv:1701.07875"),
)


def mode_of(costs: Mapping[str, Cost]) -> Param:
    """Declare which game is played, of those one player has costs for."""
    return Param("mode", "bce", Choice(tuple(costs)), "The game: how scores are judged.")
