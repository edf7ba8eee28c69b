"""The line that a message gives for a file of another program converts it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossctl
from lossctl.core.errors import DataError

pytestmark = pytest.mark.peers

P = np.array([0.875, 0.25, 0.5])  # exact in bfloat16 too


def torch_file(make: Callable[[Any], Any], **options: Any) -> Callable[[str], None]:
    def save(name: str) -> None:
        torch = pytest.importorskip("torch")
        torch.save(make(torch.tensor(P)), name, **options)

    return save


def hdf5(name: str) -> None:
    with pytest.importorskip("h5py").File(name, "w") as file:
        file["out/p"] = P


def excel(name: str) -> None:
    pytest.importorskip("openpyxl")
    pytest.importorskip("pandas").DataFrame({"p": P}).to_excel(name, index=False)


def frame(name: str) -> None:
    pytest.importorskip("pandas").DataFrame({"p": P}).to_pickle(name)


def joblib(name: str) -> None:
    pytest.importorskip("joblib").dump(P, name)


OLD = {"_use_new_zipfile_serialization": False}
FILES: dict[str, tuple[str, Callable[[str], None], str]] = {
    "tensor": ("x.pt", torch_file(lambda p: p), "x.npy"),
    "bfloat16": ("x.pth", torch_file(lambda p: p.bfloat16()), "x.npy"),
    "with a gradient": ("x.pt", torch_file(lambda p: p.requires_grad_()), "x.npy"),
    "dict": ("x.ckpt", torch_file(lambda p: {"p": p, "epoch": 3}), "x.npz::p"),
    "list": ("x.pt", torch_file(lambda p: [p[:2], p[2:]]), "x.npy"),
    "old tensor": ("x.pt", torch_file(lambda p: p, **OLD), "x.npy"),
    "old dict": ("x.pt", torch_file(lambda p: {"p": p}, **OLD), "x.npz::p"),
    "torch named npz": ("x.npz", torch_file(lambda p: {"p": p}), "x-read.npz::p"),
    "HDF5": ("x.h5", hdf5, "x.npz::out.p"),
    "Excel": ("x.xlsx", excel, "x.csv::p"),
    "a pickled frame": ("x.pkl", frame, "x.csv::p"),
    "joblib": ("x.joblib", joblib, "x.npy"),
}


@pytest.mark.parametrize("kind", FILES)
def test_the_line_works(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name, save, written = FILES[kind]
    save(name)
    with pytest.raises(DataError, match="python -c") as caught:
        lossctl.compute("mse", name, P)
    code = re.search(r'python -c "(.*)"$', str(caught.value))
    assert code is not None
    path = os.pathsep.join(filter(None, sys.path))
    subprocess.run(
        [sys.executable, "-c", code[1]],
        check=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert lossctl.compute("mse", written, P).value == 0.0
