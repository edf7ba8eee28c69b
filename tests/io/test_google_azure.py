"""Files of emulators of Google Cloud Storage and Azure on loopback; skipped where they are not.

`.ci/long` has them: gcp-storage-emulator and gcsfs, and azurite (of npm) and adlfs.
"""

import io
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.io import remote_ranges

PARTS, ROWS = 3, 40_000
SOURCE = np.random.default_rng(8)
PREDICTIONS = SOURCE.random(PARTS * ROWS)
TARGETS = (SOURCE.random(PARTS * ROWS) < PREDICTIONS).astype(np.int8)
ARRAYS = {"preds": PREDICTIONS, "targets": TARGETS}
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Of the one account that azurite has, as its documentation says; no secret of anybody."""
BUCKET = "data"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


@contextmanager
def google(port: int) -> Iterator[Any]:
    pytest.importorskip("gcsfs", reason="needs pip install gcsfs")
    emulator = pytest.importorskip(
        "gcp_storage_emulator.server", reason="needs pip install gcp-storage-emulator"
    )
    server = emulator.create_server("127.0.0.1", port, in_memory=True, default_bucket=BUCKET)
    server.start()
    yield {
        "STORAGE_EMULATOR_HOST": f"http://127.0.0.1:{port}",
        "GOOGLE_CLOUD_PROJECT": "test",
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT": "false",  # asks by gRPC, which the emulator has not
    }
    server.stop()


@contextmanager
def azure(port: int) -> Iterator[Any]:
    pytest.importorskip("adlfs", reason="needs pip install adlfs")
    program = shutil.which(os.environ.get("AZURITE", "azurite-blob"))
    if program is None:
        pytest.skip("needs npm install azurite")
    words = ["--inMemoryPersistence", "--silent", "--skipApiVersionCheck", "--blobPort", str(port)]
    server = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL)
    end = f"http://127.0.0.1:{port}/{ACCOUNT}"
    said = f"AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={end};"
    try:
        yield {"AZURE_STORAGE_CONNECTION_STRING": f"DefaultEndpointsProtocol=http;{said}"}
    finally:
        server.terminate()
        server.wait(10)


def answers(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module", params=["gs", "az"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return the URL of a folder of the store, and a folder here that holds the same."""
    folder = tmp_path_factory.mktemp("files")
    for name, array in ARRAYS.items():
        for part in range(PARTS):
            np.save(folder / f"{name}-{part}.npy", array[part * ROWS : (part + 1) * ROWS])
    np.savetxt(folder / "a.csv", TARGETS[:500], header="y", comments="", fmt="%d")
    scheme, port = request.param, free_port()
    start = {"gs": google, "az": azure}[scheme]
    with start(port) as said, pytest.MonkeyPatch.context() as patch:
        for name, value in said.items():
            patch.setenv(name, value)
        until = time.monotonic() + 30.0
        while not answers(port) and time.monotonic() < until:
            time.sleep(0.1)
        fsspec = pytest.importorskip("fsspec")
        client, _ = fsspec.core.url_to_fs(f"{scheme}://{BUCKET}/x")
        if scheme == "az":
            client.mkdir(BUCKET)
        for path in folder.iterdir():
            client.pipe_file(f"{BUCKET}/x/{path.name}", path.read_bytes())
        yield f"{scheme}://{BUCKET}/x", folder, client


def test_the_bits_of_files_here(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url, folder, _ = store
    fetched, fetch = [], remote_ranges.StoreRanges.fetch

    def counted(self: Any, start: int, stop: int) -> Any:
        answer = fetch(self, start, stop)
        fetched.append(len(answer[0]))
        return answer

    monkeypatch.setattr(remote_ranges.StoreRanges, "fetch", counted)
    away, here = (
        lossctl.compute("bce", f"{place}/preds-*.npy", f"{place}/targets-*.npy", interval=True)
        for place in (url, folder)
    )
    assert (away.value, away.interval, away.data) == (here.value, here.interval, here.data)
    needed = PREDICTIONS.nbytes + TARGETS.nbytes
    assert 0.98 * needed <= sum(fetched) <= 1.02 * needed
    table = [lossctl.read(f"{place}/a.csv::y") for place in (url, folder)]
    assert np.array_equal(table[0], TARGETS[:500])
    assert np.array_equal(*table)


def test_what_is_not_there_and_what_changes(store: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    url, _, client = store
    with pytest.raises(UsageError, match="there is no file"):
        lossctl.compute("bce", f"{url}/none.npy", f"{url}/targets-0.npy")
    with pytest.raises(UsageError, match="no file matches"):
        lossctl.compute("bce", f"{url}/none-*.npy", f"{url}/targets-0.npy")
    path, fetch = f"{BUCKET}/x/c.npy", remote_ranges.StoreRanges.fetch
    client.pipe_file(path, as_npy(PREDICTIONS))

    def changing(self: Any, start: int, stop: int) -> Any:
        answer = fetch(self, start, stop)
        client.pipe_file(path, as_npy(PREDICTIONS[::-1]))
        return answer

    monkeypatch.setattr(remote_ranges.StoreRanges, "fetch", changing)
    with pytest.raises(lossctl.DataError, match="changed while it was read"):
        lossctl.compute("mse", f"{url}/c.npy", f"{url}/c.npy")


def as_npy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()
