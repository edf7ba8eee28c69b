"""Files at URLs: the bits of files here, little more bytes than are needed, and plain faults."""

import gzip
import io
import json
import pickle
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError, LossctlError, UsageError
from lossctl.core.urls import without_secrets
from lossctl.io import remote, remote_ranges
from lossctl.io.file_places import file_place
from lossctl.io.input_files import split_selector
from tests.cli.run import lossctl as command
from tests.cli.run import process
from tests.io.range_server import Served, serving

pytest.importorskip("fsspec")
pytest.importorskip("aiohttp")

ROWS = 300_000  # two blocks
ALLOWED = 1.02
SECRET = "signature=abcdef0123"  # noqa: S105 - a query of a signed URL
SOURCE = np.random.default_rng(5)
PREDICTIONS = SOURCE.random(ROWS)
TARGETS = (SOURCE.random(ROWS) < PREDICTIONS).astype(np.int8)
SOME = 10_000  # rows of text


def as_npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def as_npz(**arrays: Any) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def as_safetensors(**arrays: Any) -> bytes:
    names: dict[str, Any] = {"float64": "F64", "int8": "I8"}
    header, data = {}, b""
    for name, array in arrays.items():
        place = [len(data), len(data) + array.nbytes]
        header[name] = {
            "dtype": names[str(array.dtype)],
            "shape": list(array.shape),
            "data_offsets": place,
        }
        data += array.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def as_parquet(**arrays: Any) -> bytes:
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    stream = io.BytesIO()
    parquet.write_table(pa.table(arrays), stream, row_group_size=100_000)
    return stream.getvalue()


CSV = "p,y,z\n" + "".join(
    f"{p!r},{y},0.5\n" for p, y in zip(PREDICTIONS[:SOME].tolist(), TARGETS[:SOME], strict=True)
)
JSONL = "".join(
    json.dumps({"p": p, "y": y}) + "\n"
    for p, y in zip(PREDICTIONS[:SOME].tolist(), TARGETS[:SOME].tolist(), strict=True)
)


def needed_of_parquet(content: bytes) -> int:
    """Return the bytes of columns p and y, and of the metadata, as the metadata says."""
    parquet = pytest.importorskip("pyarrow.parquet")
    found = parquet.ParquetFile(io.BytesIO(content)).metadata
    groups = [found.row_group(number) for number in range(found.num_row_groups)]
    chunks = [group.column(n) for group in groups for n in range(group.num_columns)]
    wanted = sum(c.total_compressed_size for c in chunks if c.path_in_schema in {"p", "y"})
    return wanted + int.from_bytes(content[-8:-4], "little") + 8


def needed_of_npz(content: bytes) -> int:
    """Return the bytes of both members, as the directory says, and of the directory."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sizes = {info.filename: info.compress_size for info in archive.infolist()}
    return sizes["predictions.npy"] + sizes["targets.npy"]


@pytest.fixture(scope="module")
def contents() -> dict[str, tuple[bytes, int, tuple[str, str]]]:
    """Return files: content, the bytes that both inputs need, and how the inputs are named."""
    wide = SOURCE.random(ROWS)
    npz = as_npz(predictions=PREDICTIONS, targets=TARGETS, z=wide)
    tensors = as_safetensors(predictions=PREDICTIONS, z=wide, targets=TARGETS)
    parquet = as_parquet(p=PREDICTIONS, z=wide, y=TARGETS)
    zipped, both = gzip.compress(CSV.encode(), 1), ("::p", "::y")
    return {
        "a.csv": (CSV.encode(), len(CSV), both),
        "a.csv.gz": (zipped, len(zipped), both),
        "a.jsonl": (JSONL.encode(), len(JSONL), both),
        "a.npz": (npz, needed_of_npz(npz), ("", "")),
        "a.safetensors": (tensors, ROWS * 9, ("", "")),
        "a.parquet": (parquet, needed_of_parquet(parquet), both),
    }


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of the files that are served."""
    folder = tmp_path_factory.mktemp("files")
    (folder / "p.npy").write_bytes(as_npy(PREDICTIONS))
    (folder / "y.npy").write_bytes(as_npy(TARGETS))
    return folder


@pytest.fixture(scope="module")
def server() -> Iterator[Served]:
    with serving() as running:
        yield running


@pytest.fixture
def served(server: Served, files: Path, monkeypatch: pytest.MonkeyPatch) -> Served:
    """Return a server that counts from nothing, and is asked again at once."""
    monkeypatch.setattr(remote_ranges, "FIRST_WAIT", 0.0)
    server.files = {path.name: path.read_bytes() for path in files.iterdir()}
    server.ranges, server.failures = True, []
    server.sent.clear()
    server.asked.clear()
    return server


def bce(place: str, other: str = "", **options: Any) -> Any:
    """Evaluate files of a server or a folder."""
    return lossctl.compute("bce", f"{place}/p.npy{other}", f"{place}/y.npy{other}", **options)


def test_blocks_of_npy_files(served: Served, files: Path) -> None:
    away, here = bce(served.url, interval=True), bce(str(files), interval=True)
    assert (away.value, away.interval, away.data) == (here.value, here.interval, here.data)
    for name, content in served.files.items():
        assert len(content) <= served.sent[name] <= ALLOWED * len(content), name


@pytest.mark.parametrize(
    "name", ["a.csv", "a.csv.gz", "a.jsonl", "a.npz", "a.safetensors", "a.parquet"]
)
def test_formats(
    served: Served,
    tmp_path: Path,
    name: str,
    contents: dict[str, tuple[bytes, int, tuple[str, str]]],
) -> None:
    content, needed, (predictions, targets) = contents[name]
    served.files[name] = content
    (tmp_path / name).write_bytes(content)
    away, here = (
        lossctl.compute("bce", f"{place}/{name}{predictions}", f"{place}/{name}{targets}")
        for place in (served.url, tmp_path)
    )
    assert (away.value, away.data) == (here.value, here.data)
    assert needed <= served.sent[name] <= ALLOWED * needed


def test_a_shard_takes_its_own_part(served: Served, tmp_path: Path) -> None:
    served.files["p.npy"] = as_npy(np.tile(PREDICTIONS, 10))
    served.files["y.npy"] = as_npy(np.tile(TARGETS, 10))
    urls = [f"{served.url}/{name}" for name in served.files]
    said = ["--shard", "4/4", "--save-totals", tmp_path / "s4.json"]
    assert command("compute", *urls, "-l", "bce", *said).code == 0
    blocks = -(-10 * ROWS // 262_144)  # of the grid; the first is read too, to see what it is
    part = (blocks - blocks * 3 // 4 + 1) / blocks
    assert served.sent["p.npy"] <= ALLOWED * part * len(served.files["p.npy"])


def test_what_passes_is_asked_again(served: Served, files: Path) -> None:
    served.failures = [503, "cut", 500, None, "cut", 429]
    assert bce(served.url).value == bce(str(files)).value
    assert served.failures == []


def test_what_lasts_is_an_error(served: Served) -> None:
    served.failures = [503] * 50
    with pytest.raises(DataError, match=r"p\.npy: cannot be read .*503.* 5 times"):
        bce(served.url)
    assert len(served.asked) == 5


@pytest.mark.parametrize(
    ("failure", "text"),
    [(404, "there is no file .*404"), (403, "access is denied"), (401, "denied"), (400, "400")],
)
def test_refusals_are_not_repeated(served: Served, failure: int, text: str) -> None:
    served.failures = [failure]
    done = command("compute", f"{served.url}/p.npy", f"{served.url}/y.npy", "-l", "bce")
    assert (done.code, done.out, len(served.asked)) == (2, "", 1)
    assert re.search(text, done.err), done.err


def test_servers_without_ranges(served: Served) -> None:
    served.ranges = False
    with pytest.raises(UsageError, match="does not send parts of files; download"):
        bce(served.url)
    assert sum(served.sent.values()) <= 2 * len(served.files["p.npy"])


def test_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_ranges, "FIRST_WAIT", 0.0)
    done = command("compute", "http://127.0.0.1:9/p.npy", "http://127.0.0.1:9/y.npy", "-l", "bce")
    assert done.code == 3
    assert "http://127.0.0.1:9/p.npy: cannot be read" in done.err


@pytest.mark.parametrize("name", ["a.npy", "a.csv"])
def test_a_file_that_changes(served: Served, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "AHEAD", 1 << 16)
    before = as_npy(PREDICTIONS) if name == "a.npy" else CSV.encode()
    after = before[:-1] + b"5"
    served.files[name] = before
    get = remote_ranges.WebRanges.fetch

    def fetch(self: Any, start: int, stop: int) -> Any:
        answer = get(self, start, stop)
        served.files[name] = after if stop > remote_ranges.HEAD else before
        return answer

    monkeypatch.setattr(remote_ranges.WebRanges, "fetch", fetch)
    column = "" if name == "a.npy" else "::p"
    with pytest.raises(DataError, match="changed while it was read"):
        lossctl.compute("mse", f"{served.url}/{name}{column}", f"{served.url}/{name}{column}")


def test_empty_and_foreign_files(served: Served) -> None:
    served.files |= {"p.npy": b"", "q.npy": b"<!doctype html><html>" + b" " * 600}
    with pytest.raises(DataError, match="is empty"):
        bce(served.url)
    with pytest.raises(DataError, match="is an HTML page"):
        lossctl.read(f"{served.url}/q.npy")


COMMANDS = {
    "compute": "compute {p} {y} -l bce -f json",
    "named": "compute --in targets={y} --in predictions={p} -l bce",
    "table": "compute --table {t} --column predictions=p --column targets=y --by y -l bce",
    "compare": "compare {p} {t}::p --targets {y} -l bce -f json",
    "check": "check {t}::z {y} -l mse -f json --fail-on never",
    "slices": "slices {p} {y} -l bce --features {t} --find",
    "calibrate": "calibrate {p} {y} -f json",
    "recommend": "recommend --targets {y} --predictions {p} --metric f1 -f json",
    "run": "run {config} -f json",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_reads_urls_and_shows_no_secrets(
    served: Served, tmp_path: Path, name: str
) -> None:
    here, away = tmp_path / "here", tmp_path / "away"
    content = {"p.npy": as_npy(PREDICTIONS[:500]), "y.npy": as_npy(TARGETS[:500])}
    content["t.csv"] = "".join(CSV.splitlines(keepends=True)[:501]).encode()
    served.files |= content
    password = served.url.replace("://", "://me:pa55word@") + "/"
    outcomes = []
    for folder, start, query in ((here, f"{here}/", ""), (away, password, f"?{SECRET}")):
        folder.mkdir()
        for file, data in content.items():
            (here / file).write_bytes(data)
        place = {file[0]: f"{start}{file}{query}" for file in content}
        config = folder / "c.yaml"
        said = {
            "version": 1,
            "data": {"predictions": place["p"], "table": f"{place['t']}::y"},
            "supervised": {
                "loss": "bce",
                "inputs": {"predictions": "predictions", "targets": "table"},
            },
        }
        config.write_text(json.dumps(said), encoding="utf-8")  # which is YAML too
        words = [word.format(**place, config=config) for word in COMMANDS[name].split()]
        outcomes.append(command(*words))
    first, second = outcomes
    assert (first.code, second.code) == (0, 0), second.err
    shown = f"{served.url}/"
    for one, other in ((first.out, second.out), (first.err, second.err)):
        assert SECRET not in other
        assert "pa55word" not in other
        plain = (text.replace("?…", "").replace("'", "") for text in (one, other))  # of the shell
        first_plain, second_plain = plain
        assert first_plain.replace(f"{here}/", shown) == second_plain.replace(f"{away}/", shown)
    assert any(SECRET in asked for asked in served.asked)
    assert served.headers["Authorization"].startswith("Basic ")


def test_errors_show_no_secrets(served: Served) -> None:
    url = served.url.replace("://", "://me:pa55word@")
    served.files["r.csv"] = b"p,y\n1,2\n3,1e\n"
    table = f"{url}/r.csv?{SECRET}"
    calls: list[Any] = [
        lambda: lossctl.compute("mse", f"{table}::y", f"{table}::y"),
        lambda: lossctl.compute("mse", f"{table}::z", f"{table}::z"),
        lambda: lossctl.compute("mse", f"{table}::", f"{table}::p"),
        lambda: lossctl.compute("mse", table, f"{url}/none?{SECRET}"),
        lambda: lossctl.compare("mse", table, table, targets=table),
        lambda: lossctl.check([0.5], [1], series=table, loss="mse"),
        lambda: lossctl.check([0.5], [1], log=table),
        lambda: lossctl.compute("mse", [1.0], [1.0], by=table),
        lambda: lossctl.compute("mse", f"{url}/r.csv::y?key={SECRET}", table),
        lambda: lossctl.compute("mse", table.replace("http", "htp"), table),
        lambda: lossctl.compute("mse", table.replace("://", ":/"), table),
        lambda: lossctl.compute("mse", f"{url}/p.npy".replace("://", ":/"), table),
        lambda: lossctl.compute("mse", table="no.csv", column={"predictions": table}),
    ]
    for call in calls:
        with pytest.raises(LossctlError) as caught:
            call()
        assert SECRET not in str(caught.value)
        assert "pa55word" not in str(caught.value)


def test_reports_and_the_option_parser_show_no_secrets(served: Served, tmp_path: Path) -> None:
    urls = [f"{served.url.replace('://', '://me:pa55word@')}/{n}.npy?{SECRET}" for n in "py"]
    page = tmp_path / "r.html"
    done = command("compute", *urls, "-l", "bce", "--fail-over", "9", "--report", f"html={page}")
    assert done.code == 0, done.err
    refused = command("list", urls[0])
    assert refused.code == 2
    for text in (page.read_text(encoding="utf-8"), refused.err):
        assert "/p.npy?…" in text
        assert SECRET not in text
        assert "pa55word" not in text


def test_a_place_travels_as_its_url(served: Served) -> None:
    place: Any = file_place(f"{served.url}/p.npy")
    place.read_kept(0, 4096, "p.npy")
    data = pickle.dumps(place)
    assert len(data) < 200
    again = pickle.loads(data)  # noqa: S301 - of our own
    assert (again.url, again.read(128, 136, "p")) == (place.url, PREDICTIONS[:1].tobytes())


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("ftp://host/p.npy", "s3://, gs://, az://, https:// and http:// are read"),
        ("http://me:word@example.org/p.npy", "password as clear text; use https"),
        ("s3://key:word@bucket/p.npy", "read from the environment"),
        ("https://host/p-*.npy", "no pattern; name one file"),
    ],
)
def test_urls_that_are_refused(url: str, text: str) -> None:
    done = command("compute", url, url, "-l", "bce")
    assert done.code == 2
    assert text in done.err
    assert "word@" not in done.err


@pytest.mark.parametrize(
    ("url", "missing", "remedy"),
    [
        ("https://host/p.npy", "fsspec", "pip install 'lossctl[remote]'"),
        ("gs://bucket/p.npy", "gcsfs", "pip install 'lossctl[remote]' gcsfs"),
        ("az://bucket/p.npy", "adlfs", "pip install 'lossctl[remote]' adlfs"),
    ],
)
def test_a_missing_library(
    url: str, missing: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)
    done = command("compute", url, url, "-l", "bce")
    assert done.code == 2
    assert remedy in done.err


@pytest.mark.parametrize(
    ("text", "place", "selector"),
    [
        ("http://[::1]:80/a.npy", "http://[::1]:80/a.npy", None),
        ("http://[::1]:80/a.csv::p", "http://[::1]:80/a.csv", "p"),
        ("s3://b/log.jsonl::resps[0]", "s3://b/log.jsonl", "resps[0]"),
        ("https://h/a.csv?x=1::p_0:p_9", "https://h/a.csv?x=1", "p_0:p_9"),
    ],
)
def test_what_stands_behind_a_url(text: str, place: str, selector: str | None) -> None:
    assert split_selector(text) == (place, selector)


def test_files_here_need_none_of_it(files: Path) -> None:
    probe = (
        "import sys, lossctl; lossctl.compute('bce', sys.argv[1] + '/p.npy', sys.argv[1] + "
        "'/y.npy'); print({'fsspec', 'aiohttp', 'asyncio', 'lossctl.io.remote'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, files], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "set()"


def test_a_process_of_its_own_ends_quietly(served: Served) -> None:
    done = process("compute", f"{served.url}/p.npy", f"{served.url}/y.npy", "-l", "huber")
    assert (done.code, done.err) == (0, "")


def test_a_query_that_a_message_left_out_is_not_asked_for() -> None:
    shown = without_secrets("http://127.0.0.1:9/p.npy?signature=abc")
    with pytest.raises(lossctl.UsageError, match="stands for what was left out; put it back"):
        lossctl.compute("mse", shown, [1.0])
