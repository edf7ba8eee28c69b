"""Several files as one data set: the entries of the first axis of one file after the other's."""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, combinations
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.core.spelling import did_you_mean, listed, some_of, visible
from lossctl.core.urls import is_url, mistyped_url, url_path
from lossctl.engine.sources import Source, View, is_text, names_of
from lossctl.engine.text_labels import Text, text_of, with_common_codes
from lossctl.io.file_formats import FORMATS
from lossctl.io.file_places import FilePlace
from lossctl.io.name_numbers import wild_text
from lossctl.io.opening import ColumnFile, RowOrder
from lossctl.io.spill import Store

WILD = re.compile(r"[*?\[]")


def is_pattern(place: str) -> bool:
    """Whether a name stands for several files; one that exists is taken as it is."""
    return WILD.search(url_path(place) if is_url(place) else place) is not None


def natural_key(path: FilePlace) -> list[tuple[int, int, str]]:
    """Sort numbers in names by value: part-2 before part-10."""
    parts = re.split(r"(\d+)", str(path))
    return [(0, int(part), part) if part.isdigit() else (1, 0, part) for part in parts]


def matching(pattern: str) -> list[FilePlace]:
    """Return the files a pattern stands for, in natural order.

    Raises
    ------
    UsageError
        When there are none.
    """
    if is_url(pattern):
        from lossctl.io.remote import begin_all, matching_urls

        urls = matching_urls(pattern)
        begin_all(urls)
        return sorted(urls, key=natural_key)
    return [*_matching_here(pattern)]


def require_no_url(place: str) -> None:
    """Refuse a URL that is mistyped, which is no name of a file here."""
    if url := mistyped_url(place):
        raise UsageError(f"a URL has two slashes behind its scheme: {visible(url)}")


def _matching_here(pattern: str) -> list[Path]:
    require_no_url(pattern)
    path = Path(pattern)
    anchor = Path(path.anchor) if path.anchor else Path()
    relative = pattern[len(path.anchor) :]
    try:
        files = [file for file in anchor.glob(relative) if file.is_file()]
    except (ValueError, OSError, NotImplementedError) as error:
        raise UsageError(f"no file matches {pattern} ({error})") from None
    if not files:
        folder = path.parent
        near = [str(folder / file.name) for file in folder.iterdir()] if folder.is_dir() else []
        raise UsageError(f"no file matches {pattern}{did_you_mean(pattern, near)}")
    return sorted(files, key=natural_key)


def parts_of_folder(folder: Path) -> list[Path]:
    """Return the files of a folder that is one data set, in natural order."""
    forms = [form for form in FORMATS if form.folders]
    entries = [path for path in folder.iterdir() if not path.name.startswith((".", "_"))]
    parts = [path for path in entries if any(path.suffix in form.suffixes for form in forms)]
    what = listed((form.name for form in forms), "or")
    if not parts:
        raise UsageError(f"cannot read {folder}: it is a folder without {what} files")
    others = [path for path in entries if path not in parts]
    if others:
        raise UsageError(
            f"cannot read {folder}: it holds {others[0].name} beside its {what} files; choose one "
            f"kind, as in '{folder}/*{parts[0].suffix}'"
        )
    return sorted(parts, key=natural_key)


def files_of(place: str) -> list[Path]:
    """Return the files that a name stands for: itself, those of a pattern, those of a folder.

    A URL stands for none of this machine.
    """
    if is_url(place):
        return []
    path = Path(place)
    try:
        if path.is_dir():
            return parts_of_folder(path)
        if is_pattern(place) and not path.exists():
            return _matching_here(place)
    except (OSError, ValueError):  # a name no file can have: opening it says so
        pass
    return [path]


def require_pairs(patterns: Mapping[str, tuple[str, Sequence[FilePlace]]]) -> None:
    """Compare what the wildcards of two patterns stand for: files must pair one to one.

    Parameters
    ----------
    patterns
        Input name → its pattern and the files found.

    Raises
    ------
    DataError
        When the files of two inputs differ in number or in what stands for the wildcards.
    """
    for (pattern, files), (partner_pattern, partners) in combinations(patterns.values(), 2):
        if len(files) != len(partners):
            raise DataError(
                f"{visible(pattern)} matches {len(files)} files, {visible(partner_pattern)} "
                f"{len(partners)}; parts must match one to one"
            )
        if len(WILD.findall(pattern)) != len(WILD.findall(partner_pattern)):
            continue
        for file, partner in zip(files, partners, strict=True):
            if _wild_text(pattern, file) != _wild_text(partner_pattern, partner):
                raise DataError(
                    f"{visible(str(file))} and {visible(str(partner))} do not match: the parts of "
                    f"{visible(pattern)} and {visible(partner_pattern)} have different names"
                )


def _wild_text(pattern: str, file: FilePlace) -> tuple[str, ...]:
    """Return what the wildcards of the last part of a pattern stand for in a name."""
    return wild_text(Path(pattern).name, file.name)


def joined(
    parts: Sequence[Source], label: str, *, promote: bool = False, by_element: bool = False
) -> Source:
    """Join numbers or text along the first axis; end to end where shapes differ by element."""
    if by_element and any(part.shape[1:] != parts[0].shape[1:] for part in parts):
        return EndToEnd(parts, label)
    if not any(map(is_text, parts)):
        return Joined(parts, label, promote=promote)
    coded, coder = with_common_codes(parts)
    codes = Joined(coded, label, promote=True)
    first = next(text for text in map(text_of, parts) if text is not None)
    return Text(
        codes,
        coder.words,
        some_missing=coder.some_missing,
        column=first.column,
        decimal=first.decimal,
    )


class Joined:
    """Arrays one after the other along the first axis."""

    def __init__(self, parts: Sequence[Source], label: str, *, promote: bool = False) -> None:
        """Check that the parts fit.

        Text has no types of its own, so with `promote` integers in one part and floats in another
        are floats, as they would be in one file.
        """
        self._parts, self.label = tuple(parts), label
        first = parts[0]
        for part in parts:
            _require_alike(first, part, promote=promote)
        self._ends = list(accumulate(part.shape[0] for part in parts))
        self.shape: tuple[int, ...] = (self._ends[-1], *first.shape[1:])
        self.dtype: np.dtype[Any] = np.result_type(*(part.dtype for part in parts))
        self._row = prod(first.shape[1:])
        self.names = names_of(first)

    def read(self, start: int, stop: int) -> Array:
        """Return elements of the flattened array, across parts."""
        blocks = []
        # parts without rows end where the one before ends; bisect_right passes over them
        number = bisect_right(self._ends, start // self._row) if self._row else 0
        while start < stop:
            part = self._parts[number]
            end = self._ends[number] * self._row
            first = end - part.shape[0] * self._row
            last = min(stop, end)
            if last > start:
                blocks.append(part.read(start - first, last - first))
            start, number = last, number + 1
        if len(blocks) == 1:
            return blocks[0].astype(self.dtype, copy=False)
        return np.concatenate(blocks, dtype=self.dtype) if blocks else np.empty(0, self.dtype)

    def end_to_end(self) -> "EndToEnd":
        """Return all elements along one axis."""
        return EndToEnd(self._parts, self.label)

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its file and its place there."""
        number = bisect_right(self._ends, index[0])
        part = self._parts[number]
        first = self._ends[number] - part.shape[0]
        return f"{part.where((index[0] - first, *index[1:]))} of {part.label}"


class EndToEnd(Joined):
    """Label maps of different shapes, all their elements one after the other."""

    def __init__(self, parts: Sequence[Source], label: str) -> None:
        """Lay each part out flat."""
        super().__init__([_Flat(part) for part in parts], label)
        self.part_shapes = [without_unit_axes(part.shape) for part in parts]

    def end_to_end(self) -> "EndToEnd":
        """Return this, which is laid so."""
        return self


class _Flat(View):
    """An array seen as one axis."""

    def __init__(self, base: Source) -> None:
        """Look at all elements in C order."""
        super().__init__(base, (prod(base.shape),))

    def where(self, index: tuple[int, ...]) -> str:
        """Name an element by its place in the array."""
        place = np.unravel_index(index[0], self.base.shape)
        return self.base.where(tuple(int(part) for part in place))


def without_unit_axes(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out axes of length one."""
    return tuple(size for size in shape if size != 1)


def laid_alike(sources: Mapping[str, Source]) -> dict[str, Source]:
    """Lay all data sets of several files end to end where not all are joined to one shape.

    Raises
    ------
    DataError
        Naming the first parts of two data sets that differ in shape.
    """
    sets = {name: one for name, one in sources.items() if isinstance(one, Joined)}
    if len({one.shape for one in sets.values()}) < 2 and not any(
        isinstance(one, EndToEnd) for one in sets.values()
    ):
        return dict(sources)
    ends = {name: one.end_to_end() for name, one in sets.items()}
    first = next(iter(ends.values()))
    for other in ends.values():
        for number, shapes in enumerate(zip(first.part_shapes, other.part_shapes, strict=False)):
            if shapes[0] != shapes[1]:
                raise DataError(
                    f"part {number + 1} of {first.label} has shape {shapes[0]}, of {other.label} "
                    f"{shapes[1]}; parts must match one to one"
                )
    return {**sources, **ends}


def _require_alike(first: Source, part: Source, *, promote: bool) -> None:
    if not part.shape:
        raise DataError(
            f"{part.label}: holds a single number, which has no axis to concatenate along"
        )
    if part.shape[1:] != first.shape[1:]:
        raise DataError(
            f"{part.label}: entries have shape {part.shape[1:]}, those of {first.label} "
            f"{first.shape[1:]}; all parts must have the same shape after the first axis"
        )
    first_dtype, dtype = first.dtype.newbyteorder("="), part.dtype.newbyteorder("=")
    mixed = {first_dtype.kind, dtype.kind} <= {"i", "f"} and promote
    if first_dtype != dtype and not mixed:
        raise DataError(
            f"{part.label}: holds {dtype}, {first.label} {first_dtype}; all parts must have the "
            "same type"
        )


class JoinedColumns(ColumnFile):
    """Tables with the same columns, one after the other; each is opened when its turn comes."""

    def __init__(
        self,
        paths: Sequence[FilePlace],
        label: str,
        open_part: Callable[[FilePlace], Source | ColumnFile],
        first: ColumnFile,
    ) -> None:
        """Take the first part, open already, and what opens the others."""
        self.label, self.names, self.typed = label, first.names, first.typed
        self.whole = first.whole
        self._paths, self._open = paths, open_part
        self._parts: list[ColumnFile] = [first]

    def has(self, name: str) -> bool:
        """Whether the first part has such a column."""
        return self._parts[0].has(name)

    def expand(self, name: str) -> list[str]:
        """Return the columns that a name stands for in the first part."""
        return self._parts[0].expand(name)

    def load(
        self,
        names: Sequence[str],
        texts: Sequence[str],
        store: Store,
        watched: Mapping[str, RowOrder] = {},
    ) -> None:
        """Read these columns of every part."""
        first = self._parts[0]
        for number, path in enumerate(self._paths):
            part: Any = self._open(path) if number else first
            if not isinstance(part, ColumnFile):
                raise DataError(f"{visible(str(path))}: is not a table, but {first.label} is")
            if number:
                self._parts.append(part)
            if part.names != first.names:
                raise DataError(
                    f"{part.label}: its columns ({some_of(part.names, 8)}) are not those of "
                    f"{first.label} ({some_of(first.names, 8)})"
                )
            part.load(names, texts, store, watched)
            part.close()

    def source(self, names: Sequence[str], *, flat: bool = True) -> Source:
        """Return loaded columns as one array."""
        sources = [part.source(names, flat=flat) for part in self._parts]
        for source in sources:
            if getattr(source, "lengths", None) is not None:
                raise DataError(
                    f"{source.label}: {names[0]!r} holds lists of different lengths, which can "
                    f"only be read from a single file; concatenate the files of {self.label}"
                )
        return joined(sources, self.label, promote=not self.typed)

    def text(self, name: str) -> Array:
        """Return a loaded column as text."""
        return np.concatenate([part.text(name) for part in self._parts])
