"""Make every file of the sample_data folder, the same bytes on every run.

    python sample_data/generate.py            write all files again
    python sample_data/generate.py --check    exit 1 if a file is not what would be made
    python sample_data/generate.py --images   also cut the four pictures again (needs Pillow)

It needs scikit-learn 1.6 or later and what that brings (numpy, scipy). Every prediction is
out-of-fold: a model never saw the targets of the items that it scored.

The pictures in segmentation/images.npy come from scikit-learn's two sample photographs. To
decode those takes Pillow, which nothing else here needs, so the cut pictures are kept in the
folder, are held to a known SHA-256, and are only cut again when asked for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from checking import differences
from entries import HERE, Dataset
from files import write
from letters import tokens
from numpy.typing import NDArray
from parts import objective
from pictures import cut_images, kept_images, segmentation
from records import record_datasets
from rules import logic
from tabular import breast_cancer, diabetes, digits, imbalanced, multilabel

SENTENCES = (
    (
        "In the year 1878 I took my degree of Doctor of Medicine of the University of London, and "
        "proceeded to Netley to go through the course prescribed for surgeons in the army."
    ),
    (
        "Mr. Phileas Fogg lived, in 1872, at No. 7, Saville Row, Burlington Gardens, the house in "
        "which Sheridan died in 1814."
    ),
    (
        "He was one of the most noticeable members of the Reform Club, though he seemed always to "
        "avoid attracting attention; an enigmatical personage, about whom little was known, except "
        "that he was a polished man of the world."
    ),
    (
        "We met next day as he had arranged, and inspected the rooms at No. 221B, Baker Street, of "
        "which he had spoken at our meeting."
    ),
    (
        "The year 1866 was signalised by a remarkable incident, a mysterious and puzzling "
        "phenomenon, which doubtless no one has yet forgotten."
    ),
)


def datasets(images: NDArray[np.uint8]) -> Iterator[Dataset]:
    """Make the data sets, one after the other."""
    for make in (breast_cancer, digits, diabetes, imbalanced, multilabel):
        yield make()
    yield segmentation(images)
    yield tokens(SENTENCES)
    yield logic()
    yield from record_datasets()
    yield objective()


def main(arguments: list[str] | None = None) -> int:
    """Write or check the folder; return the exit status."""
    parser = argparse.ArgumentParser(description="Make or check the files of sample_data.")
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 if different")
    parser.add_argument("--images", action="store_true", help="cut the pictures again (Pillow)")
    parser.add_argument("--folder", type=Path, default=HERE, help="folder to write or check")
    options = parser.parse_args(arguments)
    made = list(datasets(cut_images() if options.images else kept_images()))
    count = sum(len(each.entries) for each in made) + 2
    if not options.check:
        write(options.folder, made)
        print(f"wrote {count} files into {options.folder}")
        return 0
    found = differences(options.folder, made)
    for line in found:
        print(line, file=sys.stderr)
    if found:
        print(f"{len(found)} differences: run generate.py to make the files anew", file=sys.stderr)
        return 1
    print(f"all {count} files in {options.folder} are what generate.py makes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
