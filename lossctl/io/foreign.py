"""Files that are recognised and not read: what they are, and the line that converts them.

Nothing here loads or unpickles a file; a pickle is looked at opcode by opcode, only to see which
line will do.
"""

import io
import pickletools
import re
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, NamedTuple

from lossctl.core.errors import DataError
from lossctl.core.spelling import visible
from lossctl.io.file_places import FilePlace

BEFORE_TEXT = b"\xef\xbb\xbf \t\r\n"
PICKLES = tuple(b"\x80" + bytes([protocol]) for protocol in (2, 3, 4, 5))
OLD_TORCH = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
OLD_TORCH_PICKLES = 3  # magic number, protocol and system before what was saved
MOST_OPCODES = 200  # of a pickle, looked at
TOPS = {"EMPTY_DICT": "named", "EMPTY_LIST": "list"}
UNSAFE_IN_A_SHELL = re.compile(r"[\"$`\\!\x00-\x1f]")

TENSOR = "(v.float() if v.dtype == torch.bfloat16 else v).detach().numpy()"
TORCH = "import torch, numpy; x = torch.load({file}, map_location='cpu'); "
TORCH_LINES = {
    "one": f"{TORCH}v = x; numpy.save({{npy}}, {TENSOR})",
    "named": f"{TORCH}numpy.savez({{npz}}, **{{{{k: {TENSOR} for k, v in x.items() "
    "if torch.is_tensor(v)}})",
    "list": f"{TORCH}v = torch.cat(list(x)); numpy.save({{npy}}, {TENSOR})",
}
PICKLE = "import pickle, numpy; x = pickle.load(open({file}, 'rb')); "
PICKLE_LINES = {
    "one": f"{PICKLE}numpy.save({{npy}}, numpy.asarray(x))",
    "named": f"{PICKLE}numpy.savez({{npz}}, **x)",
    "list": f"{PICKLE}numpy.save({{npy}}, numpy.asarray(x))",
    "frame": "import pandas; pandas.read_pickle({file}).to_csv({csv}, index=False)",
    "joblib": "import joblib, numpy; numpy.save({npy}, numpy.asarray(joblib.load({file})))",
}
EXCEL = "import pandas; pandas.read_excel({file}).to_csv({csv}, index=False)"
HDF5 = (
    "import h5py, numpy; d = {{}}; h5py.File({file}).visititems(lambda k, v: "
    "d.update({{k.replace('/', '.'): v[()]}}) if hasattr(v, 'dtype') else None); "
    "numpy.savez({npz}, **d)"
)
MATLAB = (
    "import scipy.io, numpy; numpy.savez({npz}, **{{k: v for k, v in "
    "scipy.io.loadmat({file}, squeeze_me=True).items() if k[0] != '_'}})"
)
SPARSE = "import scipy.sparse, numpy; numpy.save({npy}, scipy.sparse.load_npz({file}).toarray())"


class Foreign(NamedTuple):
    """What begins so: what it is called, and the line that converts it."""

    marks: tuple[bytes, ...]
    what: str
    line: str


FOREIGN = (
    Foreign((b"\x89HDF\r\n\x1a\n", b"MATLAB 7.3 MAT-file"), "an HDF5 file", HDF5),
    Foreign((b"MATLAB 5.0 MAT-file",), "a MATLAB file", MATLAB),
    Foreign((b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",), "an Excel workbook", EXCEL),
)


def refuse_foreign(start: bytes, path: "FilePlace | None", label: str = "") -> None:
    """Raise for a file or stream that is known to be something else, by its first bytes.

    Raises
    ------
    DataError
        For a format that another program converts, with the line that does; for a file that stands
        where another was meant, a Git-LFS pointer or an HTML page.
    """
    label = label or visible(str(path))
    text = start.lstrip(BEFORE_TEXT).lower()
    if start.startswith(b"version https://git-lfs.github.com/spec/"):
        raise DataError(
            f"{label}: is a Git-LFS pointer, the file itself is not here; fetch it with "
            f"git lfs pull --include '{label}'"
        )
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        kind = "an XML" if text.startswith(b"<?xml") else "an HTML"
        raise DataError(
            f"{label}: is {kind} page, perhaps the error page of a download; download it again"
        )
    if start.startswith(PICKLES):
        raise _pickled(start, path, label)
    for foreign in FOREIGN:
        if start.startswith(foreign.marks):
            raise DataError(_advice(label, foreign.what, foreign.line, path))
    if path is not None and start.startswith(b"\0\0") and path.suffix == ".mat":  # of version 4
        raise DataError(_advice(label, "a MATLAB file", MATLAB, path))


def refuse_archive(
    members: Sequence[str],
    selector: str | None,
    path: Any,
    label: str,
    read: Callable[[str], Any],
) -> None:
    """Raise for a zip archive that holds something else than arrays; `read` opens a member.

    An array of a sparse matrix that a selector names is read as what it is.

    Raises
    ------
    DataError
        With the line that converts it.
    """
    pickled = next((name for name in members if name.endswith("data.pkl")), None)
    if pickled is not None:
        with read(pickled) as stream:
            line = TORCH_LINES[_top(stream)]
        raise DataError(_advice(label, "a PyTorch file", line, path))
    if any(name.startswith("xl/") for name in members):
        raise DataError(_advice(label, "an Excel workbook", EXCEL, path))
    if selector is None and {"format.npy", "shape.npy", "data.npy"} <= set(members):
        raise DataError(_advice(label, "a sparse matrix of scipy", SPARSE, path))
    if members and not any(name.endswith(".npy") for name in members):
        raise DataError(
            f"{label}: is a zip archive that holds {visible(members[0])} and no array; unzip it"
        )


def _pickled(start: bytes, path: "FilePlace | None", label: str) -> DataError:
    old = start.startswith(OLD_TORCH)
    # of a file at a URL its start will do
    with path.open("rb") if isinstance(path, Path) else io.BytesIO(start) as stream:
        top = _top(stream, OLD_TORCH_PICKLES if old else 0)
    if old:
        return DataError(_advice(label, "a PyTorch file", TORCH_LINES[top], path))
    if b"joblib" in start:
        top = "joblib"
    elif b"pandas" in start and top == "one":
        top = "frame"
    line = PICKLE_LINES[top]
    kind = "a pickle, which can run arbitrary code and is never loaded; if you trust it,"
    return DataError(_advice(label, kind, line, path, say="convert it"))


def _top(stream: IO[bytes], skipped: int = 0) -> str:
    """Return what a pickle holds behind `skipped` others: one thing, a dict of some, a list."""
    try:
        for _ in range(skipped):
            for _ in pickletools.genops(stream):
                pass
        for opcode, value, _ in islice(pickletools.genops(stream), MOST_OPCODES):
            if opcode.name not in {"PROTO", "FRAME", "MARK"}:
                named = value == "collections OrderedDict"
                return "named" if named else TOPS.get(opcode.name, "one")
    except (ValueError, KeyError, IndexError, OSError):  # a damaged pickle is a pickle
        pass
    return "one"


def _advice(
    label: str, what: str, line: str, path: Any, *, say: str = "which is not read; convert it"
) -> str:
    """Say what a file is and how it is converted: one line for the shell, with its own name."""
    known = isinstance(path, Path) and not UNSAFE_IN_A_SHELL.search(str(path))
    file = str(path) if known else "FILE"
    stem = file.removesuffix("".join(Path(file).suffixes[-1:])) if known else "FILE"
    written = {kind: f"{stem}.{kind}" for kind in ("npy", "npz", "csv")}
    written = {k: f"{stem}-read.{k}" if name == file else name for k, name in written.items()}
    names = {"file": repr(file), **{kind: repr(name) for kind, name in written.items()}}
    between = "" if what.endswith(",") else ","
    return f'{label}: is {what}{between} {say}: python -c "{line.format(**names)}"'
