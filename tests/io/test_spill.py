"""Where read columns are kept: in memory, and beyond it in a file without a name."""

from pathlib import Path

import numpy as np
import pytest

from lossctl.core.errors import DataError
from lossctl.io.spill import Pieces, Store

COUNT = 3001
P = np.random.default_rng(3).normal(size=COUNT)


def test_arrays_beyond_memory_go_to_a_file_without_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    store, series = Store(room=1000), Pieces()
    series.dtype = np.dtype(np.float64)
    for part in np.array_split(P, 9):
        series.append(store.put(part, "p"))
    assert series.read(0, COUNT).tobytes() == P.tobytes()
    assert series.read(900, 2100).tobytes() == P[900:2100].tobytes()
    assert list(tmp_path.iterdir()) == []
    store.close()


def test_no_room_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lossctl.io.spill.RESERVE", 1 << 62)
    store = Store(room=0)
    with pytest.raises(DataError, match=r"p\.csv: .*TMPDIR"):
        store.put(P, "p.csv")
    store.close()
