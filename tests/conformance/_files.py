"""Arrays saved as files."""

from pathlib import Path

import numpy as np

from lossctl.core.loss import Array


def save(folder: Path, arrays: dict[str, Array], weights: Array | None = None) -> dict[str, str]:
    """Save arrays as npy files; return what names them to the inputs."""
    named = {}
    for name, array in (arrays if weights is None else {**arrays, "weights": weights}).items():
        path = folder / f"{name}.npy"
        np.save(path, array)
        named[name] = str(path)
    return named
