"""Measure masks: foreground, size of objects, empty masks."""

import numpy as np

from lossctl.core.loss import Array
from lossctl.recommender.data_summary import Scan
from lossctl.recommender.measure_classes import form_of, note_labels, settle_scores
from lossctl.recommender.measured import Measured
from lossctl.recommender.post_hoc import mask_gains

MOST_IMAGES = 256
SMALL, TINY = 0.03, 0.003  # of the image: 96² and 35² pixels of 640 × 480, about as COCO divides
BALANCED, SEVERE = 0.2, 0.01  # foreground share: 1:4 and 1:100


def measure_masks(found: Scan, out: Measured, metric: str) -> None:
    """Find classes, balance of pixels and size of objects; label 0 is background."""
    if found.distinct is None:
        out.note("the targets hold too many values for masks")
        return
    values = sorted(found.distinct)
    kind = "multiclass" if settle_scores(found, out, len(values)) else "binary"
    if kind == "binary":
        note_labels(found, out)
    if found.scores is not None:
        out.fact("predictions", form_of(found))
    out.answer("classes", kind, f"labels {', '.join(f'{value:g}' for value in values[:8])}")
    pixels = found.moments.count
    background = found.distinct.get(0.0, 0) if kind == "binary" else max(found.distinct.values())
    rest = [count for value, count in found.distinct.items() if value != 0] or [0]
    rarest = min(rest) / pixels
    share = 1 - background / pixels if kind == "binary" else rarest
    out.fact("foreground_share", float(share))
    word = "severe" if share < SEVERE else "moderate" if share < BALANCED else "balanced"
    if kind == "multiclass" and rarest * len(values) >= 0.5:
        word = "balanced"  # shares as even as so many classes can be
    what = "foreground" if kind == "binary" else "the rarest class"
    out.answer("imbalance", word, f"{what} is {share:.2%} of the pixels")
    _objects(found.targets, out)
    if kind == "binary":
        out.gains += mask_gains(found, metric)


def _objects(masks: Array, out: Measured) -> None:
    """Label connected components image by image; their median share of the image is the size."""
    from scipy import ndimage  # noqa: PLC0415 - only masks need it

    step = max(len(masks) // MOST_IMAGES, 1)
    shares: list[float] = []
    empty = 0
    chosen = masks[::step]
    for image in chosen:
        sizes = np.concatenate(
            [
                np.bincount(ndimage.label(image == label)[0].ravel())[1:]
                for label in np.unique(image[image > 0])
            ]
            or [np.empty(0, dtype=np.int64)]
        )
        shares += (sizes / image.size).tolist()
        empty += sizes.size == 0
    out.fact("empty_masks", float(empty / len(chosen)))
    out.fact("objects", len(shares))
    if empty:
        out.note(
            f"{empty / len(chosen):.0%} of the masks are empty; overlap losses need care there"
        )
    if not shares:
        return
    median = float(np.median(shares))
    out.fact("object_share", median)
    word = "tiny" if median < TINY else "small" if median < SMALL else "large"
    out.answer(
        "object_size", word, f"half of {len(shares)} objects cover under {median:.2%} of the image"
    )
