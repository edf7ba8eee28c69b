"""Workers of Dask give the bits of an evaluation here; without Dask these tests are skipped."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl as library
from lossctl.cluster import connecting, processes, programs, workers
from lossctl.engine.bind import layout
from lossctl.io.part_files import PartsSink
from tests import local_cluster
from tests.cli.run import Outcome, lossctl, process
from tests.test_shards import BINARY, CASES, CLASS, FILES, MASK, VALUES

dask = pytest.importorskip("dask", reason="clusters need the extra dask")
distributed = pytest.importorskip("distributed", reason="clusters need the extra dask")

CONFIG = """version: 1
data: {p: near.npy, t: bits.npy, s: scores.npy, l: labels.npy}
supervised:
  - {name: binary, loss: bce, predictions: p, targets: t}
  - {name: classes, loss: cross_entropy, predictions: s, targets: l, weight: 0.5}
rules:
  - {name: follows, formula: "t -> p"}
"""
TABLE = ("--table", "t.csv", "--column", "predictions=p", "--column", "targets=t")
MODELS = ("near.npy", "other.npy", "--targets", "bits.npy", "-l", "bce")
COMMANDS: dict[str, tuple[str, ...]] = {
    **{
        name: ("compute", *CASES[name])
        for name in ("elementwise", "balanced", "by sample", "tokens", "lists", "batches")
    },
    "two passes": ("compute", *MASK, "-l", "dice", "--interval"),
    "all rows": ("compute", *BINARY, "--metric", "roc_auc,f1", "--interval"),
    "slices": ("compute", *TABLE, "-l", "bce", "--by", "g", "--bins", "p=3", "--interval"),
    "worst": ("compute", *CLASS, "-l", "cross_entropy", "--worst", "3", "--by-class"),
    "float64 after all": ("compute", "huge.npy", "true.npy", "-l", "mse"),
    "compare": ("compare", *MODELS, "--metric", "accuracy"),
    "resampled": ("compare", *MODELS, "--method", "bootstrap", "--replicates", "50"),
    "check": ("check", *BINARY, "-l", "bce"),
    "check classes": ("check", *CLASS),
    "run": ("run", "objective.yaml", "--interval", "--sensitivity"),
}
LONG = ("compute", "long.npy", "longer.npy", "-l", "mse", "--interval", "-f", "json")
SLOW = [word for delta in range(1, 401) for word in ("-l", f"huber:delta={delta}")]
LONGEST = (*LONG, *SLOW)  # some seconds, in which it is interrupted


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few thousand numbers be many blocks, as they are in the workers."""
    monkeypatch.setattr(layout, "BLOCK_ELEMENTS", local_cluster.BLOCK)
    monkeypatch.setattr(layout, "LIST_ITEMS", local_cluster.ITEMS)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, random = tmp_path_factory.mktemp("data"), np.random.default_rng(5)
    for name, array in FILES.items():
        np.save(folder / name, array)
    near, bits = FILES["near.npy"], FILES["bits.npy"]
    np.save(folder / "other.npy", np.clip(near + random.normal(0, 0.05, len(near)), 0.01, 0.99))
    np.save(folder / "huge.npy", np.full(len(near), 3e30, np.float32))
    for name in ("long.npy", "longer.npy"):
        np.save(folder / name, random.random(400_000, np.float32))
    np.save(folder / "late.npy", np.append(near[:-9], np.arange(-4.0, 5.0)))
    np.save(folder / "last.npy", np.append(FILES["values.npy"][:-1], np.float32(np.nan)))
    np.save(folder / "mixed.npy", random.permutation(FILES["queries.npy"]))
    np.save(folder / "images.npy", random.standard_normal((6, 4, 20, 15)).astype(np.float32))
    np.save(folder / "marks.npy", random.integers(0, 4, (6, 20, 15)))
    lines = [
        f"{p},{t},{'abc'[at % 3]},{at}" for at, (p, t) in enumerate(zip(near, bits, strict=True))
    ]
    (folder / "t.csv").write_text("\n".join(["p,t,g,n", *lines]), encoding="utf-8")
    (folder / "objective.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture
def data(files: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(files)
    return files


class Cluster:
    """A scheduler and workers in processes of their own."""

    def __init__(self, count: int, protocol: str = "tcp://", env: Any = None) -> None:
        command = [sys.executable, Path(local_cluster.__file__), str(count), protocol]
        pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
        self.program = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=nothing, text=True, env=env
        )
        self.address = self.answer()
        assert self.address.startswith(f"{protocol}127.0.0.1:")

    def answer(self) -> str:
        """Return the next line of the program."""
        assert self.program.stdout is not None
        return self.program.stdout.readline().strip()

    def ask(self, line: str) -> None:
        """Say a line, which is answered later."""
        assert self.program.stdin is not None
        self.program.stdin.write(f"{line}\n")
        self.program.stdin.flush()

    def told(self, line: str) -> str:
        """Return the answer to a line."""
        self.ask(line)
        return self.answer()


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    running = Cluster(2)
    yield running
    running.program.communicate(timeout=60)


def on(cluster: Cluster, *args: str) -> Outcome:
    return lossctl(*args, "--cluster", cluster.address)


@pytest.mark.parametrize("name", COMMANDS)
def test_workers_give_the_same_bytes(name: str, data: Path, cluster: Cluster) -> None:
    args = (*COMMANDS[name], "-f", "json")
    wanted = lossctl(*args)
    assert wanted.out, wanted
    assert on(cluster, *args) == wanted


def test_any_number_of_workers_and_one_that_is_killed(data: Path, cluster: Cluster) -> None:
    args = (*COMMANDS["elementwise"], "-f", "json")
    wanted = lossctl(*args)
    for count in ("4", "1"):
        assert cluster.told(f"workers {count}") == count
        assert on(cluster, *args) == wanted, count
    assert cluster.told("workers 2") == "2"
    wanted = lossctl(*LONG)
    cluster.ask("kill 0.0")
    assert on(cluster, *LONG) == wanted
    assert cluster.answer() == "killed"


@pytest.mark.exhaustive
def test_workers_killed_at_random_moments(data: Path, cluster: Cluster) -> None:
    """Their shares are evaluated again: twenty times, at moments of one run."""
    args = ("compute", "long.npy", "longer.npy", "--metric", "r2", "--interval", "-f", "json")
    wanted = lossctl(*args)
    for delay in np.random.default_rng(4).uniform(0.0, 2.0, 20):
        cluster.ask(f"kill {delay}")
        assert on(cluster, *args) == wanted
        cluster.answer()


def test_python_takes_addresses_and_clients(data: Path, cluster: Cluster) -> None:
    with distributed.Client(cluster.address, set_as_default=False) as client:
        for place in (client, cluster.address):
            found = library.compute("focal", *BINARY, gamma=1.5, interval=True, cluster=place)
            here = library.compute("focal", *BINARY, gamma=1.5, interval=True)
            assert found.to_dict() == here.to_dict()
        several: dict[str, Any] = {"metrics": "accuracy"}
        pairs = [
            (
                library.evaluate(["bce"], *BINARY, **several, cluster=client)[1],
                library.evaluate(["bce"], *BINARY, **several)[1],
            ),
            (library.metric("f1", *BINARY, cluster=client), library.metric("f1", *BINARY)),
            (library.run("objective.yaml", cluster=client)[0], library.run("objective.yaml")[0]),
            (
                library.check(*BINARY, loss="bce", cluster=client),
                library.check(*BINARY, loss="bce"),
            ),
            *(
                (library.compare(*MODELS[:2], targets="bits.npy", loss="bce", cluster=client), one)
                for one in [library.compare(*MODELS[:2], targets="bits.npy", loss="bce")]
            ),
        ]
        for found, here in pairs:
            assert found.to_dict() == here.to_dict()


def test_processes_of_its_own(data: Path) -> None:
    for name in ("blocks", "more_blocks"):
        np.save(data / f"{name}.npy", np.random.default_rng(3).random(600_000, np.float32))
    args = ("compute", "blocks.npy", "more_blocks.npy", "-l", "mse", "--interval", "-f", "json")
    done = process(*args, "--cluster", "local:2", cwd=data, patience=120)  # three blocks
    assert done == process(*args, cwd=data)


SMALL = f"""
from lossctl.engine.bind import layout
layout.BLOCK_ELEMENTS, layout.LIST_ITEMS = {local_cluster.BLOCK}, {local_cluster.ITEMS}
"""


@pytest.fixture
def small_processes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let processes that are started here have small blocks, too; return who was started."""
    start, begun, number = subprocess.Popen, [], processes.START

    def popen(*args: Any, **keywords: Any) -> Any:
        done = start(*args, **keywords)
        begun.append(done.pid)
        return done

    monkeypatch.setattr(processes, "START", SMALL + number)
    monkeypatch.setattr(processes.subprocess, "Popen", popen)
    return begun


@pytest.mark.parametrize("name", COMMANDS)
def test_processes_give_the_same_bytes(name: str, data: Path, small_processes: list[int]) -> None:
    args = (*COMMANDS[name], "-f", "json")
    assert lossctl(*args, "--cluster", "local:2") == lossctl(*args)
    assert len(small_processes) == 2
    assert not any(map(_is_alive, small_processes))


def _is_alive(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
        stat = Path(f"/proc/{process_id}/stat")  # one that nobody has waited for is a zombie
        return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


@pytest.mark.parametrize("heard", [0, 4, 20, 35])
def test_a_process_that_is_killed(
    heard: int, data: Path, small_processes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another takes its place, and begins the program anew.

    The first is killed when so many words were heard of all: before any, and in either pass.
    """
    args = ("compute", "long.npy", "longer.npy", "--metric", "r2", "--interval", "-f", "json")
    wanted = lossctl(*args)
    listen, words = processes.ProcessPool._next_said, iter(range(1000))

    def kill_and_listen(pool: processes.ProcessPool) -> Any:
        if next(words) == heard:
            os.kill(small_processes[0], signal.SIGKILL)
        return listen(pool)

    monkeypatch.setattr(processes.ProcessPool, "_next_said", kill_and_listen)
    found = lossctl(*args, "--cluster", "local:3")
    assert found == wanted
    assert len(small_processes) == 4


def test_processes_that_cannot_start(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("compute", *VALUES, "-l", "mse", "--cluster", "local:2")
    with monkeypatch.context() as patch:
        patch.setattr(processes, "START", "raise SystemExit(3)")
        refused(lossctl(*args), "no worker started (exit status 3)")
    monkeypatch.setattr(sys, "executable", str(data / "no-python"))
    refused(lossctl(*args), "no worker started")


def test_a_share_at_which_every_process_dies(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deadly = (
        "import os; from lossctl.cluster import processes; "
        "processes.evaluate_share = lambda *_: os._exit(9)\n"
    )
    monkeypatch.setattr(processes, "START", deadly + processes.START)
    done = lossctl("compute", *VALUES, "-l", "mse", "--cluster", "local:2")
    refused(done, "died again and again at one share")


def test_processes_end_with_who_started_them(data: Path) -> None:
    code = (
        "import os, signal\n"
        "from lossctl.cluster.processes import ProcessPool\n"
        "pool = ProcessPool(2, 1)\n"
        "print(*(one.name for one in pool._processes), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    begun = [int(number) for number in re.findall(r"process (\d+)", done.stdout)]
    assert len(begun) == 2
    until = time.monotonic() + 20.0
    while any(map(_is_alive, begun)) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(map(_is_alive, begun))


def test_errors_are_those_of_an_evaluation_here(data: Path, cluster: Cluster) -> None:
    for args in (
        ("holes.npy", "true.npy", "-l", "mse"),
        ("values.npy", "none.npy", "-l", "mse"),
        ("values.npy", "masks.npy", "-l", "mse"),
    ):
        wanted = lossctl("compute", *args)
        assert wanted.code in {2, 3}
        assert on(cluster, "compute", *args) == wanted


# Values per item and gradients

WRITTEN: dict[str, tuple[str, ...]] = {
    "items": (*VALUES, "-l", "mse", "-l", "mae", "--per-item", "{}/{loss}.npy"),
    "in float64 after all": ("huge.npy", "true.npy", "-l", "mse", "--per-item", "{}/x.npy"),
    "read otherwise after all": ("late.npy", "bits.npy", "-l", "focal", "--per-item", "{}/x.npy"),
    "groups in no order": (
        *("grades.npy", "near.npy", "-l", "listnet", "--group", "mixed.npy"),
        *("--gradient", "{}/x.npy"),
    ),
    "one for all": (*MASK, "-l", "dice", "--per-item", "{}/x.npy"),
    "both": (*CLASS, "-l", "cross_entropy", "--per-item", "{}/i.npy", "--gradient", "{}/g.npy"),
    "left out": (
        *("scores.npy", "ignored.npy", "-l", "cross_entropy", "--gradient", "{}/x.npy"),
        "--gradient-summary",
    ),
    "class axis first": (
        *("images.npy", "marks.npy", "-l", "cross_entropy", "--class-axis", "1"),
        *("--gradient", "{}/x.npy"),
    ),
    "class axis last": (
        *(*MASK, "-l", "dice", "--task", "multilabel", "--class-axis", "-1"),
        *("--gradient", "{}/x.npy"),
    ),
}


def arrays_in(folder: Path) -> dict[str, bytes]:
    """Return what stands in every file of arrays, and of those in parts what they are together."""
    whole = {}
    for path in folder.glob("*.parts"):
        said = json.loads(path.read_text(encoding="utf-8"))
        parts = [np.load(folder / part["file"]) for part in said["parts"]]
        array = np.concatenate(parts) if said["shape"] else parts[0]
        assert [list(array.shape), array.dtype.str] == [said["shape"], said["dtype"]]
        assert len(list(folder.glob(f"{path.stem}-*.npy"))) == len(parts)
        whole[path.stem] = repr((array.shape, array.dtype)).encode() + array.tobytes()
    for path in folder.glob("*.npy"):
        if not re.search(r"-[0-9]{5}-of-[0-9]{5}$", path.stem):
            array = np.load(path)
            whole[path.stem] = repr((array.shape, array.dtype)).encode() + array.tobytes()
    return whole


@pytest.mark.parametrize("name", WRITTEN)
def test_workers_write_the_same_arrays_in_parts(
    name: str, data: Path, cluster: Cluster, tmp_path: Path
) -> None:
    done, arrays = [], []
    for place, call in (("here", lossctl), ("there", partial(on, cluster))):
        (tmp_path / place).mkdir()
        args = [word.replace("{}", str(tmp_path / place)) for word in WRITTEN[name]]
        done.append(call("compute", *args, "-f", "json"))
        arrays.append(arrays_in(tmp_path / place))
        assert not list((tmp_path / place).glob(".*"))
    assert done[0].code == 0
    assert done[0].out == done[1].out
    assert arrays[0]
    assert arrays[0] == arrays[1]
    assert not list((tmp_path / "here").glob("*.parts"))
    assert len(list((tmp_path / "there").glob("*.parts"))) == done[1].err.count("in part files")


def test_parts_are_written_by_workers_and_read_as_one_array(
    data: Path, cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = str(tmp_path / "items.npy")
    args = ("compute", *VALUES, "-l", "mse", "--per-item", items)
    lossctl(*args)
    whole = Path(items).rename(tmp_path / "whole.npy")
    monkeypatch.setattr(PartsSink, "write", None)  # in this process
    cluster.ask("kill 0.0")
    assert on(cluster, *args).code == 0
    assert cluster.answer() == "killed"
    monkeypatch.undo()
    monkeypatch.chdir(data)
    read = {
        place: json.loads(lossctl("compute", place, "true.npy", "-l", "mse", "-f", "json").out)
        for place in (str(whole), str(tmp_path / "items.parts"), str(tmp_path / "items-*.npy"))
    }
    assert len({json.dumps(one["results"]) for one in read.values()}) == 1
    manifest = tmp_path / "items.parts"
    said = json.loads(manifest.read_text(encoding="utf-8"))
    first, second, *others = said["parts"]
    rows = first["rows"]

    def with_first(count: int) -> list[Any]:
        moved = second["rows"] + rows - count
        return [first | {"rows": count}, second | {"rows": moved}, *others]

    wrong = {
        "5000 in all": {"shape": [4_999]},
        "cannot be read": {"parts": []},
        "manifest": {"schema_version": 2},
        f"has {rows} rows, and it says {rows - 1}": {"parts": with_first(rows - 1)},
        "has -5 rows": {"parts": with_first(-5)},
        f"{first['file']} twice": {"parts": [first, first, *others]},
        f"{second['file']} as part 1 of": {"parts": [second, first, *others]},
    }
    for words, changed in wrong.items():
        manifest.write_text(json.dumps(said | changed), encoding="utf-8")
        answer = lossctl("compute", str(manifest), "true.npy", "-l", "mse")
        refused(answer, str(manifest), words, code=3)


def test_what_an_earlier_run_wrote_is_replaced(
    data: Path, cluster: Cluster, tmp_path: Path
) -> None:
    args = ("compute", *VALUES, "-l", "mse", "--per-item", str(tmp_path / "items.npy"))
    (tmp_path / "items-00003-of-00009.npy").touch()  # of somebody else
    lossctl(*args)
    for call, suffixes in ((partial(on, cluster), [".parts"]), (lossctl, [".npy"])):
        assert call(*args).code == 0
        names = {path.name for path in tmp_path.iterdir()}
        assert "items-00003-of-00009.npy" in names
        others = {name for name in names if not re.search("-of-(?!00009)", name)}
        assert others == {"items-00003-of-00009.npy", *(f"items{end}" for end in suffixes)}
        assert (len(names) > len(others)) == (suffixes == [".parts"])


@pytest.mark.parametrize("suffix", [".csv", ".jsonl"])
def test_tables_of_a_cluster_are_one_file(
    suffix: str, data: Path, cluster: Cluster, tmp_path: Path
) -> None:
    here, there = tmp_path / f"here{suffix}", tmp_path / f"there{suffix}"
    args = ("compute", *TABLE, "-l", "bce", "--id", "n", "--per-item")
    lossctl(*args, str(here))
    assert on(cluster, *args, str(there)).code == 0
    assert here.read_bytes() == there.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {here.name, there.name}


def test_a_run_that_fails_leaves_what_was_there(
    data: Path, cluster: Cluster, tmp_path: Path
) -> None:
    items = str(tmp_path / "items.npy")
    on(cluster, "compute", *VALUES, "-l", "mse", "--per-item", items)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    refused(
        on(cluster, "compute", "last.npy", "true.npy", "-l", "mse", "--per-item", items),
        "NaN",
        code=3,
    )
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    part = str(tmp_path / "items-00001-of-00002.npy")
    np.save(part, FILES["values.npy"])
    refused(
        on(cluster, "compute", part, "true.npy", "-l", "mse", "--per-item", items),
        "would overwrite the predictions",
    )


def test_gradients_of_an_objective(data: Path, cluster: Cluster, tmp_path: Path) -> None:
    args = ("run", "objective.yaml", "-f", "json", "--gradient")
    wanted = lossctl(*args, str(tmp_path / "here"))
    assert on(cluster, *args, str(tmp_path / "there")) == wanted
    assert arrays_in(tmp_path / "here") == arrays_in(tmp_path / "there")
    assert set(arrays_in(tmp_path / "here")) == {"p", "s", "t"}


# Faults


def refused(done: Outcome, *words: str, code: int = 2) -> None:
    assert (done.code, done.out) == (code, ""), done
    assert len(done.err.strip().splitlines()) == 1, done
    for word in words:
        assert word in done.err, done


def test_workers_that_compute_other_bits(
    data: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    true = programs.numerics()
    assert true == programs.numerics()
    for name, words in (
        ("lossctl", "and here it is 9.9"),
        ("numpy", "it has numpy"),
        ("bits", "its processor computes other last bits"),
    ):
        monkeypatch.setattr(programs, "numerics", lambda changed=name: {**true, changed: "9.9"})
        refused(on(cluster, "compute", *VALUES, "-l", "mse"), "worker tcp://127.0.0.1:", words)


def test_loops_of_other_bits_are_told_apart() -> None:
    from lossctl.kernels.numeric import primitives

    if primitives.NATIVE is None:
        pytest.skip("needs compiled loops")
    code = (
        "import json; from lossctl.cluster import programs; print(json.dumps(programs.numerics()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"LOSSCTL_NATIVE": "0"},
        capture_output=True,
        text=True,
        check=True,
    )
    said = programs.difference(json.loads(done.stdout), programs.numerics())
    assert said.startswith("it computes functions by NumPy, and here it is compiled")


def test_workers_of_other_files(data: Path, cluster: Cluster) -> None:
    """A worker looks by itself: here its folder holds other files under the same names."""
    with distributed.Client(cluster.address, set_as_default=False) as client:
        place = workers.Workers(
            lambda: connecting.DaskPool(client),
            programs.packed(library.compute, ["mse", "a.npy", "b.npy"], {}),
        )
        np.save("a.npy", np.zeros(5_000))
        np.save("b.npy", np.zeros(5_000))
        with client.as_current(), pytest.raises(library.DataError, match="other shapes than"):
            place.run([(0, 100), (100, 200)], lambda start, stop: 0, None, writes=False)
        place.close()


def test_all_workers_lost(data: Path, cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "PATIENCE", 1.0)
    monkeypatch.setattr(connecting, "LOOK", 0.5)
    cluster.ask("lose")
    refused(on(cluster, *LONG), "all workers are gone")
    assert cluster.answer() == "0"
    refused(on(cluster, *LONG), "has no workers")
    assert cluster.told("workers 2") == "2"


def test_the_scheduler_killed(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Cluster(1)
    lost.ask("end")
    start = time.monotonic()
    refused(on(lost, *LONG), "the scheduler is gone")
    assert time.monotonic() - start < 60.0
    refused(on(lost, "compute", *VALUES, "-l", "mse"), "nobody answers")
    lost.program.communicate(timeout=60)


def test_nobody_there_is_said_soon(data: Path) -> None:
    silent = socket.create_server(("127.0.0.1", 0))  # who accepts, and never answers
    with silent:
        for address in ("127.0.0.1:9", f"127.0.0.1:{silent.getsockname()[1]}"):
            start = time.monotonic()
            done = lossctl("compute", *VALUES, "-l", "mse", "--cluster", f"tcp://{address}")
            refused(done, "nobody answers", address)
            assert time.monotonic() - start < 10.0


CERTIFICATES = {  # an authority, and a key that it signs
    "ca": "-x509 -keyout {0}/ca.key -out {0}/ca.pem -subj /CN=ca -days 1",
    "own": (
        "-x509 -CA {0}/ca.pem -CAkey {0}/ca.key -keyout {0}/own.key -out {0}/own.pem "
        "-subj /CN=127.0.0.1 -days 1"
    ),
}


def test_encrypted_connections(data: Path, tmp_path: Path) -> None:
    if (openssl := shutil.which("openssl")) is None:
        pytest.skip("certificates are made by openssl")
    for words in CERTIFICATES.values():
        command = [openssl, "req", "-newkey", "rsa:2048", "-nodes", *words.format(tmp_path).split()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    args = ("compute", *VALUES, "-l", "mse", "-f", "json")
    refused(lossctl(*args, "--cluster", "tls://127.0.0.1:9"), "Dask has no certificates")
    files = {"ca-file": f"{tmp_path}/ca.pem"}
    for who in ("scheduler", "worker", "client"):
        files |= {f"{who}.cert": f"{tmp_path}/own.pem", f"{who}.key": f"{tmp_path}/own.key"}
    env = {
        f"DASK_DISTRIBUTED__COMM__TLS__{key.upper().replace('-', '_').replace('.', '__')}": file
        for key, file in files.items()
    }
    encrypted = Cluster(1, "tls://", os.environ | env)
    with dask.config.set({f"distributed.comm.tls.{key}": file for key, file in files.items()}):
        assert on(encrypted, *args) == lossctl(*args)
    refused(lossctl(*args, "--cluster", encrypted.address.replace("tls", "tcp")), "nobody answers")
    encrypted.program.communicate(timeout=60)


def test_an_interrupt_cancels_the_tasks(data: Path, cluster: Cluster) -> None:
    sizes = f"{local_cluster.BLOCK}, {local_cluster.ITEMS}"
    code = (
        "from lossctl.cli.main import main; from lossctl.engine.bind import layout; "
        f"layout.BLOCK_ELEMENTS, layout.LIST_ITEMS = {sizes}; main()"
    )
    asked = subprocess.Popen(
        [sys.executable, "-c", code, *LONGEST, "--cluster", cluster.address],
        cwd=data,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 30.0
    while cluster.told("busy") == "no" and time.monotonic() < until:
        time.sleep(0.02)
    asked.send_signal(signal.SIGINT)
    out, err = asked.communicate(timeout=60)
    assert (asked.returncode, out) == (130, ""), err
    until = time.monotonic() + 10.0
    while cluster.told("busy") == "yes" and time.monotonic() < until:
        time.sleep(0.1)
    assert cluster.told("busy") == "no"


# What is refused


@pytest.mark.parametrize(
    "where",
    [
        "",
        "local:0",
        "local:500",
        "local:x",
        "tcp://10.0.0.1:8786",
        "tcp://127.0.0.1",
        "tls://h:1",
        "none.json",
    ],
)
def test_places_that_are_refused(where: str, data: Path) -> None:
    refused(lossctl("compute", *VALUES, "-l", "mse", "--cluster", where), "--cluster")


def test_scheduler_files_and_insecure_connections(data: Path, cluster: Cluster) -> None:
    args = ("compute", *VALUES, "-l", "mse")
    scheduler = data / "scheduler.json"
    scheduler.write_text(json.dumps({"address": cluster.address}), encoding="utf-8")
    assert lossctl(*args, "--cluster", str(scheduler)) == lossctl(*args)
    scheduler.write_text(json.dumps({"address": "tcp://example.org:1"}), encoding="utf-8")
    refused(lossctl(*args, "--cluster", str(scheduler)), "--insecure-cluster")
    place = connecting.Cluster("tcp://10.0.0.1:8786", insecure=True)
    connecting.require_place(place)
    refused(lossctl(*args, "--insecure-cluster"), "--cluster")


def test_what_clusters_do_not_do(data: Path) -> None:
    """All of it is refused before anybody is connected to."""
    place = ("--cluster", "tcp://127.0.0.1:1")
    mse = ("-l", "mse", *place)
    refused(lossctl("compute", *VALUES, *mse, "--per-item", "-"), "no streams")
    totals = ("--shard", "1/2", "--save-totals", "x.json")
    refused(lossctl("compute", *VALUES, *mse, *totals), "--cluster")
    refused(lossctl("compute", "-", "true.npy", *mse), "workers open files")
    with pytest.raises(library.UsageError, match="save every input"):
        library.compute("mse", np.zeros(3), np.zeros(3), cluster="tcp://127.0.0.1:1")
    with pytest.raises(library.UsageError, match="declared here alone"):
        library.compute(
            lambda predictions, targets: predictions - targets, *VALUES, cluster="local"
        )
