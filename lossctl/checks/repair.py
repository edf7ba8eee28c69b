"""Commands that repair what a rule found: an evaluation with other options, or repaired files."""

import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from typing import Any

from lossctl.core.lazy import record
from lossctl.core.spelling import at_door, option
from lossctl.core.urls import url_path

EXPRESSION = {"predictions": "p", "targets": "t"}  # what expressions call an input
LEFT_OUT: Any = object()  # an option that is not given; None is a value


@record(frozen=True)
class Repair:
    """Writes commands on the data that was checked.

    Attributes
    ----------
    places
        Where each input is, in the words of the shell; empty for arrays in memory, of which
        commands are lines of Python.
    reading
        Further options that say how files are read, such as ``{"delimiter": ";"}``.
    loss
        The loss as it was given; empty for none.
    options
        The options that were given, by name.
    beside
        Further inputs: weights and groups.
    """

    places: Mapping[str, str] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    loss: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    beside: Mapping[str, Any] = field(default_factory=dict)

    def compute(self, loss: str = "", **changes: Any) -> str:
        """Return a command that evaluates the same data with another loss, or other options.

        An option that is ``LEFT_OUT`` is not given. Without any loss, and none given, the data is
        checked again with these options.
        """
        chosen = loss or self.loss
        given = _given(self.options, changes)
        if not self.places:
            arguments = ["predictions", "targets", *(f"{n}={v!r}" for n, v in given.items())]
            if chosen:
                return f"lossctl.compute({', '.join([repr(chosen), *arguments])})"
            return f"lossctl.check({', '.join(arguments)})"
        return self.command("compute" if chosen else "check", chosen, changes)

    def rewrite(self, loss: str = "", options: Mapping[str, Any] | None = None, **new: str) -> str:
        """Return a command that writes repaired inputs and checks these.

        Parameters
        ----------
        loss
            Another loss than was given.
        options
            Options that replace those given, by name; ``LEFT_OUT`` gives none.
        **new
            For each input that is written, an expression of ``p`` (predictions), ``t`` (targets)
            and ``np``: ``targets="t - 1"``.
        """
        changes = options or {}
        if not self.places:
            names = {word: name for name, word in EXPRESSION.items()}
            assigned = " = ".join((", ".join(new), ", ".join(new.values())))
            renamed = "; ".join(f"{word} = {name}" for word, name in names.items())
            return f"{renamed}; {assigned}; {self.compute(loss, **changes)}"
        read = ", ".join(f"{name}={_literal(self.places[name])}" for name in EXPRESSION)
        more = self._how()
        if "id" in self.reading:  # both in one order
            more += f", id={_literal(self.reading['id'])}"
            new = {**EXPRESSION, **new}
        saved = "; ".join(
            f"np.save({_literal(_file(name))}, {expression})" for name, expression in new.items()
        )
        code = f"import lossctl, numpy as np; p, t = lossctl.read({read}{more}); {saved}"
        places = {**self.places, **{name: _file(name) for name in new}}
        untabled = {name: value for name, value in self.reading.items() if name == "stdin_format"}
        reading = self.reading if all(_is_table(place) for place in places.values()) else untabled
        again = replace(self, places=places, reading=reading)
        line = again.command("check", loss or self.loss, changes)
        return f"python -c {shlex.quote(code)} && {line}"

    def align(self, column: str, *, is_order: bool) -> str:
        """Return a command that matches rows by their ids; those of one table alone are left out.

        Parameters
        ----------
        column
            The column of ids, in both tables.
        is_order
            Whether the ids are in another order, and no other.
        """
        if is_order or not self.places:
            return self.compute(id=column)
        tables = [self.places[name].partition("::")[0] for name in EXPRESSION]
        read = [
            f"{word}, {ids} = lossctl.read({_literal(self.places[name])}, "
            f"{_literal(f'{table}::{column}')}{self._how()})"
            for (name, word), table, ids in zip(EXPRESSION.items(), tables, "ij", strict=True)
        ]
        joined = "_, a, b = np.intersect1d(i, j, return_indices=True)"
        saved = [
            f"np.save({_literal(_file(name))}, {word}[{rows}])"
            for (name, word), rows in zip(EXPRESSION.items(), "ab", strict=True)
        ]
        code = "; ".join(["import lossctl, numpy as np", *read, joined, *saved])
        files = {name: _file(name) for name in EXPRESSION}
        again = replace(self, places=files, reading={})
        return f"python -c {shlex.quote(code)} && {again.command('check', self.loss, {})}"

    def _how(self) -> str:
        return "".join(
            f", {name}={_literal(value)}" for name, value in self.reading.items() if name != "id"
        )

    def command(self, name: str, loss: str, changes: Mapping[str, Any]) -> str:
        """Return the command of lossctl on these places, with options that are changed."""
        words = ["lossctl", name, *self._places(), *self._beside()]
        words += ["--loss", shlex.quote(loss)] if loss else []
        with at_door("shell"):
            words += [option(name, value) for name, value in _given(self.options, changes).items()]
        return " ".join(words)

    def _places(self) -> list[str]:
        return [
            *(shlex.quote(self.places[name]) for name in EXPRESSION),
            *(f"--{name.replace('_', '-')} {shlex.quote(str(v))}" for name, v in self._reading()),
        ]

    def _reading(self) -> Sequence[tuple[str, Any]]:
        return [(name, value) for name, value in self.reading.items() if name != "header"]

    def _beside(self) -> list[str]:
        header = self.reading.get("header")
        said = [] if header is None else ["--header" if header else "--no-header"]
        return [*said, *(f"--{name} {shlex.quote(str(v))}" for name, v in self.beside.items())]


def _given(options: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    every = {**options, **changes}
    return {name: value for name, value in every.items() if value is not LEFT_OUT}


def _literal(value: Any) -> str:
    """Return a text in double quotes, which a shell leaves alone in single ones."""
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _file(name: str) -> str:
    return f"{name}-repaired.npy"


def _is_table(place: str) -> bool:
    return not url_path(place).endswith((".npy", ".npz"))
