"""Every rule there is: those of lossctl by family, those of packages and of files."""

import itertools
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from lossctl.checks.rule import Rule
from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean

FAMILIES: Mapping[str, Sequence[str]] = {  # modules of rules, by the first digit of their codes
    "1": ("repeated_activations", "activations"),
    "2": ("alignment",),
    "3": ("label_encodings", "class_presence"),
    "4": ("loss_settings",),
    "5": ("values",),
    "6": ("plausibility",),
    "7": ("series",),
}
GROUP = "lossctl.rules"  # of entry points: the name of each is the code of its rule
_from_files: dict[str, tuple[Path, Rule]] = {}


@cache
def shipped() -> Mapping[str, Rule]:
    """Return the rules of lossctl by code."""
    rules: list[Rule] = []
    for name in itertools.chain.from_iterable(FAMILIES.values()):
        rules += rules_of(import_module(f"lossctl.checks.{name}"))
    return {one.code: one for one in sorted(rules, key=lambda one: one.code)}


def rules_of(module: ModuleType) -> list[Rule]:
    """Return the rules of a module, each once."""
    found = {id(value): value for value in vars(module).values() if isinstance(value, Rule)}
    return list(found.values())


def _is_offered() -> bool:
    """Whether an installed package names the group: to look takes a tenth of the import below."""
    return any(
        GROUP.encode() in file.read_bytes()
        for folder in sys.path
        for kind in ("dist", "egg")
        for file in Path(folder).glob(f"*.{kind}-info/entry_points.txt")
    )


@cache
def installed() -> Mapping[str, Rule]:
    """Return the rules that installed packages offer, by code."""
    if not _is_offered():
        return {}
    from importlib.metadata import entry_points  # noqa: PLC0415 - slow to import

    rules: dict[str, Rule] = {}
    for point in entry_points(group=GROUP):
        where = f"entry point {point.name} of {GROUP} ({point.value})"
        try:
            loaded = point.load()
        except Exception as error:
            raise UsageError(f"{where}: {error}") from error
        if not isinstance(loaded, Rule) or loaded.code != point.name:
            raise UsageError(f"{where}: is no rule with the code {point.name}")
        rules[loaded.code] = loaded
    return rules


def load_rules(path: Path, module: ModuleType) -> list[str]:
    """Register the rules of a file of the user; return their codes.

    Raises
    ------
    UsageError
        For a code that is taken.
    """
    rules = [one for one in rules_of(module) if one not in shipped().values()]
    for one in rules:
        earlier = _from_files.get(one.code)
        other = earlier is not None and earlier[0].resolve() != path.resolve()
        if other or one.code in {**shipped(), **installed()}:
            raise UsageError(f"{path}: there is already a rule {one.code}; give yours another code")
        _from_files[one.code] = path, one
    return [one.code for one in rules]


def every_rule() -> Mapping[str, Rule]:
    """Return every rule by code: those of lossctl, of packages and of files."""
    return {**shipped(), **installed(), **{code: one for code, (_, one) in _from_files.items()}}


def rule_of(code: str) -> Rule:
    """Return the rule of a code or a name.

    Raises
    ------
    UsageError
        For neither, with the nearest.
    """
    rules = every_rule()
    for one in rules.values():
        if code.upper() == one.code.upper() or code == one.name:
            return one
    known = [word for one in rules.values() for word in (one.code, one.name)]
    raise UsageError(f"there is no rule {code!r}{did_you_mean(code, known)}")


def chosen(select: Any = None, ignore: Any = None) -> list[Rule]:
    """Return the rules that are asked for: codes, beginnings of codes (``LC1``), names, or rules.

    Raises
    ------
    UsageError
        For what is neither.
    """
    rules = list(every_rule().values())
    if isinstance(select, Rule) or (isinstance(select, list) and isinstance(select[0], Rule)):
        return [select] if isinstance(select, Rule) else select
    wanted = rules if select is None else _matching(rules, _words(select))
    without = [] if ignore is None else _matching(rules, _words(ignore))
    return [one for one in wanted if one not in without]


def _words(given: Any) -> Sequence[str]:
    words = given.split(",") if isinstance(given, str) else [str(word) for word in given]
    return [word.strip() for word in words if word.strip()]


def _matching(rules: Iterable[Rule], words: Sequence[str]) -> list[Rule]:
    rules = list(rules)
    for word in words:
        if not any(_is_meant(one, word) for one in rules):
            rule_of(word)  # which says that there is none
    return [one for one in rules if any(_is_meant(one, word) for word in words)]


def _is_meant(one: Rule, word: str) -> bool:
    return one.code.upper().startswith(word.upper()) or one.name == word
