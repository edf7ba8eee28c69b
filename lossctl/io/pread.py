"""Read at a place of a file, from several threads at once."""

import os
import threading

import numpy as np

from lossctl.core.errors import DataError
from lossctl.core.loss import Array

_SEEK_LOCK = threading.Lock()


def read_exactly(descriptor: int, block: Array, offset: int, label: str) -> None:
    """Fill `block` from `offset` on; several threads may read at once."""
    view = block.reshape(-1).view(np.uint8).data
    done = 0
    while done < len(view):
        if hasattr(os, "preadv"):
            count = os.preadv(descriptor, [view[done:]], offset + done)
        else:  # Windows: one seek and read at a time
            part = _seek_and_read(descriptor, offset + done, len(view) - done)
            count = len(part)
            view[done : done + count] = part
        if count == 0:
            raise DataError(f"{label}: the file became shorter while it was read; run again")
        done += count


def _seek_and_read(descriptor: int, offset: int, length: int) -> bytes:
    with _SEEK_LOCK:
        os.lseek(descriptor, offset, os.SEEK_SET)
        return os.read(descriptor, length)
