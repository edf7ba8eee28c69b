"""Names of losses in other libraries: what each is here, with the settings that give its number.

The table is ``framework_names.toml``. It is read when a name is none of ours.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import AmbiguousNameError, UsageError
from lossctl.core.options import OPTIONS
from lossctl.core.spec import param, parse_spec, parse_value, spec
from lossctl.core.spelling import in_shell, listed, option

if TYPE_CHECKING:
    from lossctl.core.loss import Loss

TARGETS_FIRST = {"Keras", "scikit-learn"}
NOT_LIBRARIES = {"common", "metrics", "answers", "absent"}
ANY, VALUE = "*", "$"


class Preset(NamedTuple):
    """What a name sets: parameters and options, where the caller does not, and a note of it."""

    params: Mapping[str, Any]
    options: Mapping[str, Any]
    note: str

    def params_of(self, variant: "Loss") -> dict[str, Any]:
        """Return what is set of the parameters that a variant of the loss has."""
        known = {entry.name for entry in variant.params}
        return {name: value for name, value in self.params.items() if name in known}

    def with_options(self, given: Mapping[str, Any]) -> "tuple[dict[str, Any], Preset]":
        """Return the parameters of what is given, and the preset with the options of it."""
        options = {name: value for name, value in given.items() if name in OPTIONS}
        params = {name: value for name, value in given.items() if name not in OPTIONS}
        return params, self._replace(options={**self.options, **options})


class Meaning(NamedTuple):
    """What one library means by a name.

    Attributes
    ----------
    presets
        Parameters and options that give the library's number, by our names.
    keys
        What its parameters are called here; a mapping translates their values.
    of
        Which of several losses of that name this one is.
    qualified
        Whether the name means it only with its module before.
    """

    name: str
    library: str
    loss: str
    presets: Mapping[str, Any]
    keys: Mapping[str, Any]
    note: str = ""
    of: str = ""
    qualified: bool = False

    def translated(self, given: Mapping[str, Any]) -> tuple[str, dict[str, Any], Mapping[str, Any]]:
        """Return the loss, what is given in our words, and what is set beside it.

        Raises
        ------
        UsageError
            For two values of one parameter, and a value without counterpart.
        """
        loss, presets, ours = self.loss, dict(self.presets), dict[str, Any]()
        sources: dict[str, str] = {}
        for name, value in given.items():
            rule = self.keys.get(name, name)
            implied: dict[str, Any] = {}
            if isinstance(rule, Mapping):
                implied = self._implied(name, value, rule)
                if "loss" in implied:
                    loss = implied.pop("loss")
            elif rule:
                self._require_one(rule, value, ours, sources)
                ours[rule], sources[rule] = value, name
            presets |= implied
        return loss, ours, {n: value for n, value in presets.items() if n not in ours}

    def preset(self, loss: "Loss", presets: Mapping[str, Any]) -> Preset:
        """Return what is set of a loss: what means something to it, and the note of it."""
        known = {entry.name for one in (loss, *loss.variants) for entry in one.params}
        params = {name: value for name, value in presets.items() if name in known}
        options = {n: v for n, v in presets.items() if n in OPTIONS and OPTIONS[n].takes(loss)}
        return Preset(params, options, self._noted(loss.id, params, options))

    def _implied(self, name: str, value: Any, rule: Mapping[str, str]) -> dict[str, Any]:
        text = param(value)
        if text not in rule and ANY not in rule:
            raise UsageError(
                f"{self.name}: {name}={text} has no counterpart in {self.loss}; "
                f"{name} may be {listed(rule, 'or')}"
            )
        settings = _settings(rule.get(text, rule.get(ANY, "")))
        return {n: value if part == VALUE else part for n, part in settings.items()}

    def _require_one(
        self, rule: str, value: Any, ours: Mapping[str, Any], sources: Mapping[str, str]
    ) -> None:
        if rule in ours and ours[rule] is not value and ours[rule] != value:
            both = f"{sources[rule]}={param(ours[rule])} and {param(value)}"
            raise UsageError(f"{self.name}: {rule} of {self.loss} is given twice, {both}")

    def _noted(self, loss: str, params: Mapping[str, Any], options: Mapping[str, Any]) -> str:
        parts = [f"{name} {param(value)}" for name, value in options.items()]
        how = f" with {', '.join(parts)}" if parts else ""
        order = "predictions are the first argument here" if self.library in TARGETS_FIRST else ""
        known_by = f"{self.name} ({self.library})" if self.library else self.name
        return "; ".join(
            text for text in (f"{known_by} is {spec(loss, params)}{how}", self.note, order) if text
        )


def find(name: str, own: Mapping[str, str]) -> Meaning | None:
    """Return what a name of another library means; None for one that no library has.

    Names that are ours but for marks or a `Loss` at their end are found too: `own` are ours, with
    the ids they stand for.

    Raises
    ------
    UsageError
        For a name of several losses, a metric, and a loss that is not here, with what is.
    """
    wanted = name.strip()
    module, dot, last = wanted.rpartition(".")
    library = _libraries().get(module.partition(".")[0].lower()) if dot else None
    if library is not None:
        wanted = last
    by_key = {_key(each): loss for each, loss in own.items()}
    found = _table().get(_key(wanted), [])
    if library is not None:
        found = [each for each in found if each.library == library]
    else:
        found = [each for each in found if not each.qualified]
        exact = [each for each in found if each.name == wanted]
        found = exact or ([] if _key(wanted) in by_key else found)  # near ours, it is ours
    if len(losses := {each.loss: each.of or each.library for each in found}) > 1:
        raise AmbiguousNameError(wanted, losses)
    if found:
        return found[0]._replace(name=wanted)
    if other := not_a_loss(wanted):
        raise UsageError(other)
    ours = by_key.get(_key(wanted)) or by_key.get(re.sub(r"loss(function)?$", "", _key(wanted)))
    return None if ours is None else Meaning(wanted, library or "", ours, {}, {})


def spelled_names() -> list[str]:
    """Return every name of the table, as its library spells it."""
    return [each.name for every in _table().values() for each in every if not each.qualified]


def meanings_of(loss: str) -> Sequence[Meaning]:
    """Return the names that other libraries have for a loss, with what each sets."""
    return _by_loss().get(loss, ())


def names_elsewhere(loss: str) -> Sequence[str]:
    """Return what other libraries call a loss, as they spell it."""
    return [each.name for each in meanings_of(loss)]


def libraries_of(loss: str) -> Sequence[str]:
    """Return the libraries that have a loss, each once."""
    return list(dict.fromkeys(each.library for each in meanings_of(loss)))


def not_a_loss(name: str) -> str:
    """Say what a name is that of no loss here: a metric or a loss of other libraries; or nothing.

    The text has the command that answers it, or the nearest loss.
    """
    key = _key(name)
    if (metric := _others("metrics").get(key)) is not None:
        command = _question_of(metric, _document()["answers"].get(metric, {}))
        return f"{name} is a metric, not a loss; `{command}` says which loss to use for it"
    if (nearest := _others("absent").get(key)) is not None:
        return f"{name} is not available; `lossctl show {nearest}` is the most similar loss"
    return ""


def called_here(name: str) -> str:
    """Return what a parameter that several losses of a library have is here; empty if unknown."""
    for section in _document().values():
        rule = section.get("keys", {}).get(name) if isinstance(section, dict) else None
        if isinstance(rule, str):
            return rule
        if rule:
            return str(next(iter(rule.values()))).partition("=")[0]
    return ""


def _question_of(metric: str, answers: Mapping[str, str]) -> str:
    """Write how `recommend` is asked about a metric, as the reader asks."""
    said = [option(name, value) for name, value in {"metric": metric, **answers}.items()]
    if in_shell():
        return " ".join(["lossctl recommend", *said, option("no_input")])
    return f"lossctl.recommend({', '.join(said)})"


def _key(name: str) -> str:
    """Return a name without case, hyphens, underscores and other marks."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _document() -> Mapping[str, Any]:
    text = files("lossctl.losses").joinpath("framework_names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _libraries() -> Mapping[str, str]:
    """Return the library of each module that may stand before a name."""
    return {
        module.lower(): library
        for library, section in _document().items()
        if library not in NOT_LIBRARIES
        for module in section["modules"]
    }


@cache
def _others(section: str) -> Mapping[str, str]:
    """Return what stands for each name of a section that is no library."""
    return {_key(name): of for of, names in _document()[section].items() for name in names}


@cache
def _by_loss() -> Mapping[str, Sequence[Meaning]]:
    """Return the meanings of names by the loss they stand for."""
    meanings: dict[str, list[Meaning]] = {}
    for every in _table().values():
        for each in every:
            meanings.setdefault(each.loss, []).append(each)
    return meanings


@cache
def _table() -> Mapping[str, Sequence[Meaning]]:
    """Return the meanings of each name, in the order of the table."""
    table: dict[str, list[Meaning]] = {}
    for library, section in _document().items():
        if library in NOT_LIBRARIES:
            continue
        for names, entries in section["names"].items():
            for name in names.split(", "):
                for entry in entries if isinstance(entries, list) else [entries]:
                    meaning = _meaning(name, library, section, entry)
                    table.setdefault(_key(name), []).append(meaning)
    return table


def _meaning(name: str, library: str, section: Mapping[str, Any], entry: Any) -> Meaning:
    more = {"is": entry} if isinstance(entry, str) else entry
    first, _, rest = more["is"].partition(" ")
    loss, params = parse_spec(first)
    return Meaning(
        name,
        library,
        loss,
        section.get("set", {}) | params | _settings(rest) | more.get("set", {}),
        _document()["common"]["keys"] | section.get("keys", {}) | more.get("keys", {}),
        more.get("note", ""),
        more.get("for", ""),
        bool(more.get("qualified")),
    )


def _settings(text: str) -> dict[str, Any]:
    """Read ``name=value name=value``."""
    return dict(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, Any]]:
    for part in text.split():
        name, _, value = part.partition("=")
        yield name, parse_value(value)
