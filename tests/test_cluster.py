"""Workers of Dask give the bits of an evaluation here; without Dask these tests are skipped."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.cli.run import Outcome, lossctl, process
from tests.test_shards import BINARY, CASES, FILES, VALUES

pytest.importorskip("distributed")
SOME = ("elementwise", "balanced", "by sample", "tokens", "lists", "batches", "metrics")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    for name, array in FILES.items():
        np.save(folder / name, array)
    return folder


class Cluster:
    """Workers in processes of their own."""

    def __init__(self) -> None:
        command = [sys.executable, Path(__file__).with_name("local_cluster.py")]
        self.program = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.address = self.answer()

    def answer(self) -> str:
        """Return the next line of the program."""
        assert self.program.stdout is not None
        return self.program.stdout.readline().strip()

    def kill_after(self, delay: float) -> None:
        """Ask for a worker to be killed so many seconds after one is at work."""
        assert self.program.stdin is not None
        self.program.stdin.write(f"{delay}\n")
        self.program.stdin.flush()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    running = Cluster()
    assert running.address.startswith("tcp://127.0.0.1:")
    yield running
    running.program.communicate(timeout=60)


@pytest.mark.parametrize("name", SOME)
def test_workers_give_the_same_bytes(
    name: str, data: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    address = cluster.address
    for form in ("json", "table"):
        wanted = lossctl("compute", *CASES[name], "-f", form)
        assert wanted.code == 0
        assert lossctl("compute", *CASES[name], "-f", form, "--cluster", address) == wanted


def test_a_worker_that_was_killed_is_replaced(
    data: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    wanted = lossctl("compute", *CASES["elementwise"])
    cluster.kill_after(0.0)
    assert lossctl("compute", *CASES["elementwise"], "--cluster", cluster.address) == wanted
    assert cluster.answer() == "killed"


@pytest.mark.exhaustive
def test_workers_killed_at_random_moments(data: Path, cluster: Cluster) -> None:
    """Their shards are evaluated again: twenty times, at moments of one run."""
    random = np.random.default_rng(4)
    labels = random.integers(0, 2, 300_000)
    rows = [f"{p:.6f},{t}" for p, t in zip(random.random(300_000), labels, strict=True)]
    (data / "long.csv").write_text("\n".join(["p,t", *rows]), encoding="utf-8")
    args = ["compute", "--table", "long.csv", "--column", "predictions=p", "--column", "targets=t"]
    args += ["-l", "bce", "--interval", "-f", "json"]
    wanted = process(*args, cwd=data)
    for delay in random.uniform(0.0, 0.5, 20):
        cluster.kill_after(delay)
        done = process(*args, "--cluster", cluster.address, cwd=data, patience=120)
        assert done == wanted
        cluster.answer()


def test_processes_of_its_own(data: Path) -> None:
    for name in ("long", "true"):
        np.save(data / f"{name}_blocks.npy", np.random.default_rng(3).random(600_000, np.float32))
    files = ("long_blocks.npy", "true_blocks.npy")  # three blocks
    args = ("compute", *files, "-l", "mse", "--interval", "-f", "json")
    done = process(*args, "--cluster", "local:2", cwd=data, patience=120)
    assert done == process(*args, cwd=data)


def test_errors_are_those_of_an_evaluation_here(
    data: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    for args in (
        ("holes.npy", "true.npy", "-l", "mse"),
        ("values.npy", "none.npy", "-l", "mse"),
        ("values.npy", "masks.npy", "-l", "mse"),
    ):
        wanted = lossctl("compute", *args)
        assert wanted.code in {2, 3}
        done = lossctl("compute", *args, "--cluster", cluster.address)
        assert (done.code, done.out) == (wanted.code, "")
        assert done.err.split(" (")[0] == wanted.err.split(" (")[0]  # how many items of a part


def refused(done: Outcome, words: str) -> None:
    assert (done.code, done.out) == (2, ""), done
    assert words in done.err, done


@pytest.mark.parametrize(
    "where", ["", "local:0", "local:x", "tcp://10.0.0.1:8786", "tcp://127.0.0.1", "tls://h:1"]
)
def test_places_that_are_refused(where: str, data: Path) -> None:
    refused(lossctl("compute", *VALUES, "-l", "mse", "--cluster", where, cwd=data), "--cluster")


def test_what_clusters_do_not_do(data: Path) -> None:
    """All of it is refused before anybody is connected to."""
    place = ("--cluster", "tcp://127.0.0.1:1")
    for more in (("--per-item", "x.npy"), ("--gradient-summary",), ("--worst", "3")):
        refused(lossctl("compute", *VALUES, "-l", "mse", *more, *place, cwd=data), more[0])
    totals = ("--shard", "1/2", "--save-totals", "x.json")
    refused(lossctl("compute", *VALUES, "-l", "mse", *totals, *place, cwd=data), "--cluster")
    refused(lossctl("compute", "-", "true.npy", "-l", "mse", *place, cwd=data), "save every input")
    refused(lossctl("compute", *BINARY, "-l", "vae", *place, cwd=data), "recipe")
