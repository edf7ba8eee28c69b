"""Spare the start-up what newer versions of typer load to check options that need no check.

Newer versions of typer build a pydantic adapter for every option of a command, also for plain text,
and importing pydantic takes a quarter of the time of a small run. Options here are text, paths and
flags; lossctl checks them itself, with its own messages.
"""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

TEXT, TEXTS = str, list[str]


@cache
def take_plain_values() -> None:
    """Let typer pass on text, paths and flags as they are; elsewhere it does what it did.

    Versions of typer without adapters are left alone.
    """
    try:
        from typer._coercion import RuntimeParam

        core: Any = import_module("typer.core")
        build = core.build_runtime_param
    except (ImportError, AttributeError):
        return

    class PlainParam(RuntimeParam):
        def _coerce_value(self, value: Any, param: Any, ctx: Any) -> Any:
            plain = _plain(self.annotation, value)
            if plain is not None:
                return plain
            return build(param.type_descriptor).coerce(value, param=param, ctx=ctx)

    def build_plain(descriptor: Any) -> Any:
        info, annotation = descriptor.parameter_info, descriptor.annotation
        if annotation in {TEXT, Path, bool} or annotation == TEXTS:
            return PlainParam(info, annotation)
        return build(descriptor)

    core.build_runtime_param = build_plain


def _plain(annotation: Any, value: Any) -> Any:
    """Return a value as its annotation wants it; None where that takes more than a look."""
    if annotation in {TEXT, bool} and type(value) is annotation:
        return value
    if annotation is Path and isinstance(value, (str, Path)):
        return Path(value)
    if annotation == TEXTS and all(isinstance(entry, str) for entry in value):
        return list(value)
    return None
