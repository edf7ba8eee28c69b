"""The index: lists and pages as they were when lossctl was built, so that nothing is imported.

It is a file beside this module that the build writes (``index_writing``); where there is none, as
where the build could not import lossctl, all is read from the declarations. It names the files
that it was made from, with a checksum of what they hold: where one of them has changed since, as
in a tree that is worked on, it is not used. Neither is it where an installed package offers losses.
"""

import json
import os
import sys
import zlib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from lossctl.report.printed_page import PrintedPage

FILE = "index.txt"
PACKAGE = Path(__file__).parents[1]
GROUP = b"lossctl.losses"  # entry points of packages that offer losses
ENTRY_POINTS = {  # by the ending of what lies in a folder of packages
    ".dist-info": "entry_points.txt",
    ".egg-info": "entry_points.txt",
    ".egg": "EGG-INFO/entry_points.txt",
}


def read(name: str) -> Any:
    """Return a part of the index: ``losses``, ``metrics``, ``names`` or ``params``.

    Returns
    -------
    object
        ``losses`` are the fields of :class:`~lossctl.report.listed.Listed`; ``names`` has for each
        name the id it stands for and what it sets; ``params`` the parameters of each name that is
        completed. None where there is no index that says what the declarations would.
    """
    try:
        return json.loads(_parts()[name.encode()])
    except (KeyError, ValueError):  # there is none, or it was cut
        return None


def page(name: str) -> PrintedPage | None:
    """Return the page of a loss, metric or recipe by a name; None where the index has none."""
    known: Mapping[str, tuple[str, str]] = read("names") or {}
    if name not in known:
        return None
    target, note = known[name]
    fields: Mapping[str, Any] | None = read(f"page {target}")
    return None if fields is None else PrintedPage(**fields, note=note)


@cache
def _parts() -> Mapping[bytes, bytes]:
    """Return the parts of a current index, still as JSON; none where it is not current."""
    try:
        lines = (PACKAGE / "report" / FILE).read_bytes().splitlines()
        parts = dict(line.split(b"\t", 1) for line in lines)
        sources = json.loads(parts[b"sources"])
        is_current = checksum(PACKAGE, sources["files"]) == sources["checksum"]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return parts if is_current and not _packages_offer_losses() else {}


def checksum(package: Path, files: Iterable[str]) -> int:
    """Return the checksum of the contents of files, given below the folder of the package.

    Raises
    ------
    OSError
        When one cannot be read.
    """
    total = 0
    for file in files:
        with open(os.path.join(package, file), "rb", buffering=0) as stream:  # noqa: PTH118, PTH123 - some hundred files, at each start
            content = stream.read()
        total = zlib.crc32(content, zlib.crc32(b"%d\n" % len(content), total))
    return total


def _packages_offer_losses() -> bool:
    """Whether an installed package may offer losses; looking is faster than `importlib.metadata`.

    Where packages may lie elsewhere than in folders, they are taken to.
    """
    if any(hasattr(finder, "find_distributions") for finder in _other_finders()):
        return True
    for folder in sys.path:
        if os.path.isfile(folder):  # noqa: PTH113 - the path of packages, looked at in each start
            return True  # packages in an archive
        try:
            names = os.listdir(folder or ".")  # noqa: PTH208 - as above
        except OSError:
            continue
        for name in names:
            inside = ENTRY_POINTS.get(os.path.splitext(name)[1].lower())  # noqa: PTH122 - as above
            if inside and _has_group(os.path.join(folder, name, inside)):  # noqa: PTH118 - as above
                return True
    return False


def _other_finders() -> list[Any]:
    """Return what finds modules beside Python's own finder of files."""
    return [one for one in sys.meta_path if getattr(one, "__name__", "") != "PathFinder"]


def _has_group(file: str) -> bool:
    try:
        with open(file, "rb", buffering=0) as stream:  # noqa: PTH123 - as above
            return GROUP in stream.read()
    except OSError:  # most packages have no entry points
        return False
