"""Writers put whole files in place or leave what was there."""

from pathlib import Path

import numpy as np
import pytest

from lossctl.core.errors import UsageError
from lossctl.io.write import NpySink, replacing, write_array, write_text


@pytest.fixture(params=["unnamed", "named"], autouse=True)
def _kind_of_file(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write through files without a name, and through those of systems that have no others."""
    if request.param == "named":
        monkeypatch.setattr("lossctl.io.write.OPEN_FILES", Path("/none"))


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def test_text_is_written_whole(tmp_path: Path) -> None:
    write_text(tmp_path / "a.txt", "größe\n")
    assert (tmp_path / "a.txt").read_bytes() == "größe\n".encode()
    write_text(tmp_path / "a.txt", "x")
    assert (tmp_path / "a.txt").read_bytes() == b"x"
    assert names(tmp_path) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, MemoryError])
def test_a_failure_leaves_the_old_file(error: type[BaseException], tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old", encoding="utf-8")

    def fail() -> None:
        with replacing(tmp_path / "a.txt") as stream:
            stream.write(b"half")
            raise error

    with pytest.raises(error):
        fail()
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "old"
    assert names(tmp_path) == ["a.txt"]


def test_a_file_is_replaced_at_once(tmp_path: Path) -> None:
    """Whoever has the old file open reads it to its end: no byte of it is written over."""
    path = tmp_path / "result.bin"
    path.write_bytes(b"old" * 1000)
    number = path.stat().st_ino
    with path.open("rb") as reader:
        with replacing(path) as stream:
            stream.write(b"new")
            stream.flush()
            assert path.read_bytes() == b"old" * 1000, "until the block ends"
        assert reader.read() == b"old" * 1000
    assert path.read_bytes() == b"new"
    assert path.stat().st_ino != number


def test_a_folder_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "a.txt").mkdir()
    with pytest.raises(UsageError, match=r"a\.txt"):
        write_text(tmp_path / "a.txt", "x")
    assert names(tmp_path) == ["a.txt"]


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none.a\.npy"):
        write_array(tmp_path / "none" / "a.npy", np.zeros(3))


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f8"])
def test_arrays_come_back(dtype: str, tmp_path: Path) -> None:
    wanted = np.linspace(0, 1, 24).astype(dtype).reshape(2, 3, 4)
    write_array(tmp_path / "a.npy", wanted)
    found = np.load(tmp_path / "a.npy", allow_pickle=False)
    assert (found.dtype, found.tolist()) == (wanted.dtype, wanted.tolist())


def test_arrays_as_tables_read_back_exactly(tmp_path: Path) -> None:
    wanted = np.random.default_rng(0).normal(size=(5, 2, 3))
    write_array(tmp_path / "a.csv", wanted)
    head, *rows = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()
    assert head == "value_0,value_1,value_2,value_3,value_4,value_5"
    assert [[float(cell) for cell in row.split(",")] for row in rows] == wanted.reshape(
        5, 6
    ).tolist()


def test_a_sink_takes_parts_in_any_order(tmp_path: Path) -> None:
    sink = NpySink(tmp_path / "a.npy", (2, 5), np.dtype(np.float64))
    for start in (7, 0, 3):
        sink.write(start, np.arange(start, min(start + 4, 10), dtype=np.float32)[: 10 - start])
    assert not (tmp_path / "a.npy").exists(), "nothing is in place before the end"
    sink.finish()
    assert np.load(tmp_path / "a.npy").tolist() == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9]]
    assert names(tmp_path) == ["a.npy"]


def test_an_abandoned_sink_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"old")
    sink = NpySink(tmp_path / "a.npy", (100,), np.dtype(np.float64))
    sink.write(0, np.zeros(10))
    sink.abandon(ValueError("no"))
    assert names(tmp_path) == ["a.npy"]
    assert (tmp_path / "a.npy").read_bytes() == b"old"
