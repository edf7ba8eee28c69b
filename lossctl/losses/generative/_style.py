"""What the losses of style transfer share."""

from lossctl.core.loss import Reference

TASKS = ("generative", "style transfer")
REFERENCES = (
    Reference(
        "Gatys, Ecker & Bethge, A neural algorithm of artistic style (2015)", "arXiv:1508.06576"
    ),
    Reference("Johnson, Alahi & Fei-Fei, Perceptual losses (2016)", "arXiv:1603.08155"),
)
