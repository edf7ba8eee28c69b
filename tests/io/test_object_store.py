"""Files of an S3-compatible server on loopback; skipped without moto's (`.ci/long` has it)."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError, UsageError
from lossctl.io import remote_ranges
from tests.cli.run import process

moto = pytest.importorskip("moto.server", reason="needs pip install 'moto[server]'")
pytest.importorskip("s3fs", reason="needs lossctl[remote]")

PARTS, ROWS = 12, 50_000
SOURCE = np.random.default_rng(7)
PREDICTIONS = SOURCE.random(PARTS * ROWS)
TARGETS = (SOURCE.random(PARTS * ROWS) < PREDICTIONS).astype(np.int8)
SECRET = "s3cr3tkey"  # noqa: S105 - what the environment says


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    for name, array in (("preds", PREDICTIONS), ("targets", TARGETS)):
        np.save(folder / f"{name}.npy", array)
        for part in range(PARTS):
            np.save(folder / f"{name}-{part}.npy", array[part * ROWS : (part + 1) * ROWS])
    parquet = pytest.importorskip("pyarrow.parquet")
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"p": PREDICTIONS, "y": TARGETS})
    parquet.write_table(table, folder / "a.parquet", row_group_size=100_000)
    lines = [f"{p!r},{y}" for p, y in zip(PREDICTIONS[:999].tolist(), TARGETS, strict=False)]
    (folder / "a.csv").write_text("\n".join(["p,y", *lines]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def store(files: Path) -> Iterator[Any]:
    """Return the client of a store that holds the files in the bucket `data`."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    said = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in said.items():
            patch.setenv(name, value)
        client = pytest.importorskip("boto3").client("s3")
        client.create_bucket(Bucket="data")
        for path in files.iterdir():
            client.upload_file(str(path), "data", f"x/{path.name}")
        yield client
    server.stop()


def both(files: Path, predictions: str, targets: str, **options: Any) -> tuple[Any, Any]:
    """Evaluate files in the store, and the same here."""
    away, here = (
        lossctl.compute("bce", f"{place}/{predictions}", f"{place}/{targets}", **options)
        for place in ("s3://data/x", files)
    )
    return (away.value, away.interval, away.data), (here.value, here.interval, here.data)


@pytest.mark.parametrize(
    ("predictions", "targets"),
    [
        ("preds.npy", "targets.npy"),
        ("preds-*.npy", "targets-*.npy"),
        ("a.parquet::p", "a.parquet::y"),
        ("a.csv::p", "a.csv::y"),
    ],
)
@pytest.mark.usefixtures("store")
def test_the_bits_of_files_here(files: Path, predictions: str, targets: str) -> None:
    away, here = both(files, predictions, targets, interval=True)
    assert away == here


@pytest.mark.usefixtures("store")
def test_little_more_is_fetched_than_there_is(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []
    fetch = remote_ranges.StoreRanges.fetch

    def counted(self: Any, start: int, stop: int) -> Any:
        answer = fetch(self, start, stop)
        fetched.append(len(answer[0]))
        return answer

    monkeypatch.setattr(remote_ranges.StoreRanges, "fetch", counted)
    away, here = both(files, "preds-*.npy", "targets-*.npy")
    needed = PREDICTIONS.nbytes + TARGETS.nbytes
    assert away == here
    assert 0.99 * needed <= sum(fetched) <= 1.02 * needed


@pytest.mark.usefixtures("store")
def test_a_configuration_evaluates_checkpoints(files: Path) -> None:
    answers = []
    for place in ("s3://data/x", str(files)):
        data = {name: f"{place}/{name}-?.npy" for name in ("preds", "targets")}
        inputs = {"predictions": "preds", "targets": "targets"}
        supervised = {"loss": "bce", "inputs": inputs}
        (result,) = lossctl.run({"version": 1, "data": data, "supervised": supervised})
        answers.append([step.total for step in result.steps])
    assert len(answers[0]) == 10
    assert answers[0] == answers[1]


@pytest.mark.usefixtures("store")
def test_workers_open_urls_themselves(files: Path) -> None:
    pytest.importorskip("distributed")
    said = ("s3://data/x/preds-*.npy", "s3://data/x/targets-*.npy", "-l", "bce", "-f", "json")
    here = process("compute", *(word.replace("s3://data/x", str(files)) for word in said))
    away = process("compute", *said, "--cluster", "local:2", patience=120)
    assert (away.code, away.err) == (0, here.err)
    assert away.out == here.out.replace(str(files), "s3://data/x")


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("s3://data/x/none.npy", "there is no file s3://data/x/none.npy"),
        ("s3://nobucket/p.npy", "there is no file s3://nobucket/p.npy"),
        ("s3://data/x/none-*.npy", "no file matches s3://data/x/none-"),
        ("s3://data/x", "it is a folder; name its files"),
    ],
)
@pytest.mark.usefixtures("store")
def test_what_is_not_there(place: str, text: str) -> None:
    with pytest.raises(UsageError, match=text.replace("*", r"\*")):
        lossctl.compute("bce", place, "s3://data/x/targets.npy")


def test_an_object_that_changes(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put_object(Bucket="data", Key="c.npy", Body=_npy(PREDICTIONS))
    fetch = remote_ranges.StoreRanges.fetch

    def changing(self: Any, start: int, stop: int) -> Any:
        answer = fetch(self, start, stop)
        store.put_object(Bucket="data", Key="c.npy", Body=_npy(PREDICTIONS[::-1]))
        return answer

    monkeypatch.setattr(remote_ranges.StoreRanges, "fetch", changing)
    with pytest.raises(DataError, match="changed while it was read"):
        lossctl.compute("mse", "s3://data/c.npy", "s3://data/c.npy")


def _npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()
