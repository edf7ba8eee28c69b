"""References that the losses of both players share."""

from lossctl.core.loss import Reference

REFERENCES = (
    Reference("Goodfellow et al., Generative adversarial networks (2014)", "arXiv:1406.2661"),
    Reference(
        "Mao et al., Least squares generative adversarial networks (2017)", "arXiv:1611.04076"
    ),
    Reference("Lim & Ye, Geometric GAN: the hinge (2017)", "arXiv:1705.02894"),
    Reference("Arjovsky, Chintala & Bottou, Wasserstein GAN (2017)", "arXiv:1701.07875"),
)
