"""Losses of boxes beside the formulas of torchvision's code under autograd, without its epsilon."""

import math
from typing import Any

import numpy as np
import pytest

from tests.peers._ledger import Ledger
from tests.peers._records import agree_on_records

torch = pytest.importorskip("torch")

pytestmark = pytest.mark.peers

FORMATS = ("xyxy", "xywh", "cxcywh")


def boxes(rng: np.random.Generator, shape: tuple[int, ...], dtype: str, box_format: str) -> Any:
    """Draw boxes of which many meet."""
    corner, size = rng.uniform(0, 2, size=(*shape, 2)), rng.uniform(0.3, 2, size=(*shape, 2))
    first = corner + size / 2 if box_format == "cxcywh" else corner
    second = corner + size if box_format == "xyxy" else size
    return np.concatenate([first, second], axis=-1).astype(dtype)


def corners(given: Any, box_format: str) -> Any:
    """Return left, top, right and bottom edges."""
    a, b, c, d = given.unbind(-1)
    if box_format == "xywh":
        return a, b, a + c, b + d
    if box_format == "cxcywh":
        return a - c / 2, b - d / 2, a + c / 2, b + d / 2
    return a, b, c, d


def losses(one: Any, other: Any) -> dict[str, Any]:
    """Return all four losses of boxes given by their corners."""
    (x1, y1, x2, y2), (u1, v1, u2, v2) = one, other
    width = (torch.min(x2, u2) - torch.max(x1, u1)).clamp(min=0)
    height = (torch.min(y2, v2) - torch.max(y1, v1)).clamp(min=0)
    union = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - width * height
    miss = 1 - width * height / union
    across, down = torch.max(x2, u2) - torch.min(x1, u1), torch.max(y2, v2) - torch.min(y1, v1)
    hull = across * down
    apart = ((x1 + x2 - u1 - u2) / 2) ** 2 + ((y1 + y2 - v1 - v2) / 2) ** 2
    near = miss + apart / (across**2 + down**2)
    turn = torch.atan((u2 - u1) / (v2 - v1)) - torch.atan((x2 - x1) / (y2 - y1))
    shape = (4 / math.pi**2) * turn**2
    return {
        "box_iou": miss,
        "giou": miss + (hull - union) / hull,
        "diou": near,
        "ciou": near + shape * shape / (miss + shape),
    }


@pytest.mark.parametrize("loss", ["box_iou", "giou", "diou", "ciou"])
def test_boxes(ledger: Ledger, rng: np.random.Generator, seed: int, dtype: str, loss: str) -> None:
    shape = tuple(int(n) for n in rng.integers(1, 12, size=int(rng.integers(1, 3))))
    box_format = FORMATS[seed % 3]
    inputs = {name: boxes(rng, shape, dtype, box_format) for name in ("predictions", "targets")}

    def items(predictions: Any, targets: Any) -> Any:
        return losses(corners(predictions, box_format), corners(targets, box_format))[loss]

    agree_on_records(ledger, loss, inputs, items, reading=box_format, box_format=box_format)
