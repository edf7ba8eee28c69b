"""Well-formed files in every form a loss computes with are read exactly."""

import io
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lossctl.core.errors import DataError
from lossctl.io.file_formats import stream_form
from lossctl.io.input_files import Inputs
from lossctl.io.npy import NpyFile, open_npy
from lossctl.io.opening import Opening, TableOptions
from lossctl.io.spill import Store
from tests.io._case import npy, packed, text
from tests.io._npy import framed, header

DTYPES = (
    "?",
    "b",
    "B",
    "<i2",
    ">i2",
    "<u4",
    ">u4",
    "<i8",
    ">i8",
    "<f2",
    ">f2",
    "<f4",
    ">f4",
    "<f8",
    ">f8",
)


def values(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    count = int(np.prod(shape))
    return (np.arange(count) % 7 % (2 if dtype == "?" else 7)).astype(dtype).reshape(shape)


def whole(source: object) -> np.ndarray:
    """Read a source in two parts that do not fall on rows."""
    size = int(np.prod(source.shape))  # type: ignore[attr-defined]
    parts = [source.read(0, size // 3), source.read(size // 3, size)]  # type: ignore[attr-defined]
    return np.concatenate(parts).reshape(source.shape)  # type: ignore[attr-defined]


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shape", [(12,), (3, 4), (2, 3, 4), (1, 5), (5, 1), ()])
@pytest.mark.parametrize("dtype", DTYPES)
def test_npy(dtype: str, shape: tuple[int, ...], order: str, tmp_path: Path) -> None:
    wanted = np.asarray(values(dtype, shape), order=order)  # type: ignore[call-overload]
    np.save(tmp_path / "a.npy", wanted)
    with Inputs({"predictions": str(tmp_path / "a.npy")}) as inputs:
        source = inputs.sources["predictions"]
        assert source.shape == shape
        found = whole(source)
    assert found.dtype.newbyteorder("=") == wanted.dtype.newbyteorder("=")
    assert found.tolist() == wanted.tolist()


def opening(label: str) -> Opening:
    return Opening(stream_form("npy"), label, None, "predictions", TableOptions(), Store())


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
def test_npy_versions(version: tuple[int, int], tmp_path: Path) -> None:
    with (tmp_path / "a.npy").open("wb") as stream:
        np.lib.format.write_array(stream, np.arange(5.0), version=version)
    file = open_npy(tmp_path / "a.npy", opening("a.npy"))
    assert file.read(0, 5).tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    file.close()  # type: ignore[union-attr]


def test_a_header_written_by_hand(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(framed(header("(2,2,)", order="True")))
    assert open_npy(tmp_path / "a.npy", opening("a.npy")).read(0, 4).tolist() == [
        1.0,
        3.0,
        2.0,
        4.0,
    ]


def test_threads_read_one_file(tmp_path: Path) -> None:
    wanted = np.random.default_rng(0).normal(size=200_000)
    np.save(tmp_path / "a.npy", wanted)
    file = NpyFile(tmp_path / "a.npy", "a.npy")
    found = np.empty_like(wanted)

    def work(first: int) -> None:
        for start in range(first * 1000, len(wanted), 4000):
            found[start : start + 1000] = file.read(start, start + 1000)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    assert (found == wanted).all()


def test_a_file_cut_while_open_is_an_error(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros(100_000))
    file = NpyFile(tmp_path / "a.npy", "a.npy")
    with (tmp_path / "a.npy").open("r+b") as stream:
        stream.truncate(1000)
    with pytest.raises(DataError, match=r"a\.npy.*truncated"):
        file.read(0, 100_000)
    with pytest.raises(DataError, match=r"a\.npy.*changed"):
        file.close()


def test_a_file_changed_while_open_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros(10))
    with (
        pytest.raises(DataError, match="changed"),
        Inputs({"predictions": str(path)}),
        path.open("ab") as stream,
    ):
        stream.write(b"x")


def numbers(tmp_path: Path, name: str, content: bytes, selector: str = "p") -> np.ndarray:
    (tmp_path / name).write_bytes(content)
    with Inputs({"predictions": f"{tmp_path / name}::{selector}"}) as inputs:
        return whole(inputs.sources["predictions"])


EXACT = (
    "0.1",
    "1e-320",
    "1.7976931348623157e308",
    "-0.0",
    "5e-324",
    "0.30000000000000004",
    "1E5",
    "+3",
    " 7 ",
)


def test_floats_of_a_table_are_exact(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    drawn = (random.normal(size=500) * 10.0 ** random.integers(-300, 300, 500)).tolist()
    cells = [*EXACT, *map(repr, drawn), *(f"{value:.25e}" for value in drawn)]
    found = numbers(tmp_path, "a.csv", text("p,t", *(f"{cell},1" for cell in cells)))
    assert [value.hex() for value in found.tolist()] == [float(cell).hex() for cell in cells]


TABLES: dict[str, tuple[str, bytes]] = {
    "integers": ("a.csv", text("p,t", "1,0", "2,0", "3,0")),
    "quotes": ("a.csv", text('"p","t"', '"1","0"', '"2","0"', '"3","0"')),
    "a comma in another column": ("a.csv", text("p,note", '1,"a, b"', '2,"c"', "3,d")),
    "a line break in another column": ("a.csv", text("p,note", '1,"a\nb"', "2,c", "3,d")),
    "a doubled quote": ("a.csv", text("p,note", '1,"a ""b"" c"', "2,c", "3,d")),
    "text in another column": ("a.csv", text("id,p", "x,1", "NA,2", ",3")),
    "carriage returns": ("a.csv", b"p,t\r\n1,0\r\n2,0\r\n3,0\r\n"),
    "a mark": ("a.csv", b"\xef\xbb\xbf" + text("p,t", "1,0", "2,0", "3,0")),
    "a marked quote": ("a.csv", b"\xef\xbb\xbf" + text('"p","t"', "1,0", "2,0", "3,0")),
    "gzip": ("a.csv.gz", packed(text("p,t", "1,0", "2,0", "3,0"))),
    "two gzip members": ("a.csv.gz", packed(text("p,t", "1,0")) + packed(text("2,0", "3,0"))),
    "tabs": ("a.tsv", text("p\tt", "1\t0", "2\t0", "3\t0")),
    "commas inside tabs": ("a.tsv", text("p\ta,b,c", "1\t0", "2\t0", "3\t0")),
    "one column": ("a.csv", text("p", "1", "2", "3")),
    "blank lines at the end": ("a.csv", text("p,t", "1,0", "2,0", "3,0", "", "", "")),
    "no last line break": ("a.csv", text("p,t", "1,0", "2,0", "3,0")[:-1]),
    "a header with numbers": ("a.csv", text("1,p", "9,1", "9,2", "9,3")),
}


@pytest.mark.parametrize("name", TABLES)
def test_tables(name: str, tmp_path: Path) -> None:
    assert numbers(tmp_path, *TABLES[name]).tolist() == [1.0, 2.0, 3.0]


def test_a_selector_keeps_its_order(tmp_path: Path) -> None:
    content = text("p_c,p_a,p_b,p_d", "2,0,1,10", "12,10,11,20")
    ordered = numbers(tmp_path, "a.csv", content, "p_a,p_b,p_c,p_d")
    assert ordered.tolist() == [[0.0, 1.0, 2.0, 10.0], [10.0, 11.0, 12.0, 20.0]]
    found = numbers(tmp_path, "a.csv", content, "p_a:p_d")
    assert found.tolist() == [[0.0, 1.0, 10.0], [10.0, 11.0, 20.0]], "a range is that of the file"


def test_booleans_are_read_as_labels(tmp_path: Path) -> None:
    for spelled in (("True", "False"), ("true", "false"), ("TRUE", "FALSE")):
        content = text("p,t", *(f"{word},1" for word in spelled))
        assert numbers(tmp_path, "a.csv", content).tolist() == [1.0, 0.0]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz(save: Callable[..., None], tmp_path: Path) -> None:
    arrays = {"predictions": np.asfortranarray(values(">f4", (3, 4))), "other": np.arange(3)}
    save(tmp_path / "a.npz", **arrays)
    named = {"predictions": str(tmp_path / "a.npz"), "targets": f"{tmp_path / 'a.npz'}::other"}
    with Inputs(named) as inputs:
        assert whole(inputs.sources["predictions"]).tolist() == arrays["predictions"].tolist()
        assert whole(inputs.sources["targets"]).tolist() == [0, 1, 2]


def test_a_single_member_needs_no_name(tmp_path: Path) -> None:
    stream = io.BytesIO()
    np.savez(stream, whatever=np.arange(4.0))
    (tmp_path / "a.npz").write_bytes(stream.getvalue())
    with Inputs({"predictions": str(tmp_path / "a.npz")}) as inputs:
        assert whole(inputs.sources["predictions"]).tolist() == [0.0, 1.0, 2.0, 3.0]


def test_formats_are_known_by_content(tmp_path: Path) -> None:
    (tmp_path / "a.dat").write_bytes(npy([1.0, 2.0]))
    with Inputs({"predictions": str(tmp_path / "a.dat")}) as inputs:
        assert whole(inputs.sources["predictions"]).tolist() == [1.0, 2.0]
