"""Segmentation: pictures cut out of photographs, masks of them, and guesses of the masks."""

# scikit-learn ships no type information.
# mypy: disable-error-code="import-untyped"

from __future__ import annotations

import hashlib
import sys

import numpy as np
from entries import HERE, Dataset, Entry, rounded
from models import logistic, probability, scaled
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from sklearn.datasets import load_sample_image
from sklearn.model_selection import LeaveOneGroupOut, cross_val_predict

SIDE = 64
IGNORE_PIXEL = 255
IMAGES = "segmentation/images.npy"
IMAGES_SHA256 = "79b99f7993c6e7a8a4e7663655739e958c13e1d26041c61f941e35c363a64b5f"
CROPS = (
    ("flower.jpg", 24, 44),
    ("flower.jpg", 78, 84),
    ("china.jpg", 24, 25),
    ("china.jpg", 36, 140),
)
"""Picture, top row and left column of each crop, in the pictures made three times smaller."""

SEGMENTATION_MADE = """\
Each photograph made three times smaller (mean of 3 by 3 pixels), then four crops: two of the
flower, the temple, the lake. A pixel is warm-coloured (1) if red is at least 20 over green and
over blue, else pale (2) if red, green and blue are all at least 130, else other (0); then each
pixel takes the commonest class of the 5 by 5 pixels around it. Predictions: logistic regression
(C=1) fitted to the other three pictures, which sees only the mean colour of each 4 by 4 block,
its square, and the place; so edges are blurred and the temple is hard."""


PHOTOGRAPHS = """\
scikit-learn load_sample_image, photographs under a Creative Commons licence, CC BY 2.0
(<https://creativecommons.org/licenses/by/2.0/>), here cut and made smaller. scikit-learn's
README of them says:

- china.jpg: "Attribution: Some rights reserved by danielbuechele"
  (<https://www.flickr.com/photos/danielbuechele/>), retrieved 21st August, 2011 from
  <https://www.flickr.com/photos/danielbuechele/6061409035/sizes/z/in/photostream/> by Robert
  Layton.
- flower.jpg: "Attribution: Some rights reserved by danielbuechele"
  (<https://www.flickr.com/photos/vultilion/>), retrieved 21st August, 2011 from
  <https://www.flickr.com/photos/vultilion/6056698931/sizes/z/in/photostream/> by Robert Layton.
  The name and the address there disagree; by the address the photographer is vultilion."""


def cut_images() -> NDArray[np.uint8]:
    """Cut the four crops out of scikit-learn's photographs, made three times smaller."""
    crops = []
    for name, top, left in CROPS:
        picture = load_sample_image(name).astype(np.int64)[:426, :639]
        blocks = picture.reshape(142, 3, 213, 3, 3).sum(axis=(1, 3))
        small = (blocks + 4) // 9
        crops.append(small[top : top + SIDE, left : left + SIDE])
    return np.stack(crops).astype(np.uint8)


def kept_images() -> NDArray[np.uint8]:
    """Read the crops kept in this folder, and hold them to their known SHA-256."""
    path = HERE / IMAGES
    if not path.is_file():
        sys.exit(f"{path} is missing: make it with --images (needs Pillow)")
    if hashlib.sha256(path.read_bytes()).hexdigest() != IMAGES_SHA256:
        sys.exit(f"{path} is not the file with the SHA-256 {IMAGES_SHA256}")
    images: NDArray[np.uint8] = np.load(path)
    return images


def pixel_classes(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Class of each pixel by a colour rule, then the majority of the 5 by 5 pixels around."""
    red, green, blue = np.moveaxis(images.astype(np.int64), -1, 0)
    warm = (red - green >= 20) & (red - blue >= 20)
    pale = (np.minimum(np.minimum(red, green), blue) >= 130) & ~warm
    votes = np.stack([~warm & ~pale, warm, pale]).astype(np.int64)
    padded = np.pad(votes, ((0, 0), (0, 0), (2, 2), (2, 2)))
    counts = sliding_window_view(padded, (5, 5), axis=(2, 3)).sum(axis=(4, 5))
    return np.asarray(np.argmax(counts, axis=0), dtype=np.int64)


def class_borders(classes: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell the pixels that touch a pixel of another class above, below, left or right."""
    border = np.zeros(classes.shape, dtype=np.bool_)
    down = classes[:, 1:] != classes[:, :-1]
    across = classes[:, :, 1:] != classes[:, :, :-1]
    border[:, 1:] |= down
    border[:, :-1] |= down
    border[:, :, 1:] |= across
    border[:, :, :-1] |= across
    return border


def pixel_features(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Describe each pixel by the colour of its 4 by 4 block, that squared, and its place."""
    count = len(images)
    blocks = images.reshape(count, 16, 4, 16, 4, 3).mean(axis=(2, 4)) / 255.0
    colour = blocks.repeat(4, axis=1).repeat(4, axis=2)
    place = np.moveaxis(np.mgrid[0:SIDE, 0:SIDE] / (SIDE - 1.0), 0, -1)
    places = np.broadcast_to(place, (count, SIDE, SIDE, 2))
    return np.concatenate([colour, colour**2, places], axis=-1).reshape(-1, 8)


def pixel_scores(images: NDArray[np.uint8], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Score the pixels of each picture by a model fitted to the other pictures."""
    decision = cross_val_predict(
        scaled(logistic()),
        pixel_features(images),
        targets.ravel(),
        groups=np.repeat(np.arange(len(images)), SIDE * SIDE),
        cv=LeaveOneGroupOut(),
        method="decision_function",
    )
    return rounded(decision)


def segmentation(images: NDArray[np.uint8]) -> Dataset:
    """Masks of four pictures: warm-coloured or not, and three classes of pixels."""
    classes = pixel_classes(images)
    shape = classes.shape
    preds = probability(pixel_scores(images, (classes == 1).astype(np.int64))).reshape(shape)
    logits = np.moveaxis(pixel_scores(images, classes).reshape(*shape, 3), -1, 1)
    labels = np.where(class_borders(classes), IGNORE_PIXEL, classes)
    mask = "1 where the pixel is of class 1 (warm-coloured); the last picture's mask is empty"
    return Dataset(
        "Segmentation (4 pictures of 64 by 64 pixels, 3 classes)",
        SEGMENTATION_MADE,
        PHOTOGRAPHS,
        (
            Entry(IMAGES, images, "the pictures: red, green, blue of each pixel"),
            Entry("segmentation/preds.npy", preds.astype(np.float32), "probability of class 1"),
            Entry("segmentation/targets.npy", (classes == 1).astype(np.uint8), mask),
            Entry(
                "segmentation/class_logits.npy",
                np.ascontiguousarray(logits, dtype=np.float32),
                "logits: picture, class, row, column",
            ),
            Entry(
                "segmentation/class_targets.npy",
                labels.astype(np.int64),
                "0 other, 1 warm-coloured, 2 pale (sky and water), "
                "255 to be ignored: next to a pixel of another class",
            ),
        ),
    )
