"""Losses and recipes as callers name them: by name or spec, as objects, with their parameters."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.losses.catalogue import RECIPES, called, get, is_recipe
from lossctl.losses.catalogue import load_plugin as load_losses

if TYPE_CHECKING:  # names of other libraries are rare
    from lossctl.losses.framework_names import Preset


RULES = "lossctl.checks.rule"  # the module that declares rules of ``check``


class Spec(NamedTuple):
    """A loss or a recipe, the parameters it is given, and what the name it was called by sets."""

    target: Any  # Loss | Recipe; recipes are imported only when one is asked for
    params: Mapping[str, Any]
    preset: "Preset | None" = None


def resolve(name: Any) -> Any:
    """Return the loss or recipe of a name; a declaration, or a function made one, is itself.

    A function of ``lossctl.losses`` stands for its loss.

    Raises
    ------
    UsageError
        For a name that is neither, with the nearest one, and for what is no name.
    """
    if isinstance(name, str):
        if not is_recipe(name):
            return get(name)
        from lossctl.objective.recipe import get_recipe  # noqa: PLC0415 - reads YAML

        return get_recipe(name)
    if isinstance(name, Loss) or callable(name):
        from lossctl.losses.plugins import as_loss  # noqa: PLC0415 - most losses have a name

        return getattr(name, "__wrapped_loss__", None) or as_loss(name)
    raise UsageError(
        "the loss comes first, as a name, a Loss or a function: "
        f"compute('mse', predictions, targets); got {type(name).__name__}"
    )


def spec_of(name: Any, params: Mapping[str, Any]) -> Spec:
    """Return the spec of a loss or recipe by name; options among the parameters are its own.

    Raises
    ------
    UsageError
        As for :func:`resolve`, and for parameters of another library that have no counterpart.
    """
    if not isinstance(name, str) or is_recipe(name):
        return Spec(resolve(name), params)
    target, given, preset = called(name, params)
    if preset is not None:
        given, preset = preset.with_options(given)
    return Spec(target, given, preset)


def given_spec(loss: Any, inputs: Sequence[Any]) -> Spec:
    """Return the loss or recipe that was asked for, with the parameters of its spec."""
    name, params = given_parts(loss)
    if isinstance(name, str):
        return spec_of(name, params)
    if last := next((entry for entry in inputs[::-1] if isinstance(entry, str)), None):
        raise UsageError(
            f"the loss comes first: compute({last!r}, predictions, targets); "
            f"got {type(name).__name__}"
        )
    return Spec(resolve(name), params)


def given_parts(loss: Any) -> tuple[Any, Mapping[str, Any]]:
    """Return the name of a loss, or the loss, and the parameters given with it."""
    params: Mapping[str, Any] = {}
    if isinstance(loss, tuple) and len(loss) == 2 and isinstance(loss[1], Mapping):
        loss, params = loss
    if isinstance(loss, str):
        name, written = loss, dict[str, Any]()
        if ":" in loss:
            from lossctl.core.spec import parse_spec  # noqa: PLC0415 - most are only a name

            name, written = parse_spec(loss)
        if "," in name:
            several = [part.strip() for part in name.split(",")]
            raise UsageError(
                f"{loss!r}: is not a single loss; for several use evaluate({several}, …)"
            )
        return name, {**written, **params}
    return loss, params


def load_plugin(path: str | Path) -> list[str]:
    """Run a Python file and register the losses and rules it defines; return their ids and codes.

    Raises
    ------
    UsageError
        With file and line, when it cannot be run, defines neither, or one that is there already.
    """
    if not isinstance(path, str | Path):
        raise UsageError(f"load_plugin takes the name of a file, got {type(path).__name__}")

    def register_rules(module: ModuleType) -> list[str]:
        if RULES not in sys.modules:  # a rule cannot be declared without it
            return []
        from lossctl.checks.registry import load_rules  # noqa: PLC0415 - rules are rare

        return load_rules(Path(path), module)

    return load_losses(Path(path), tuple(RECIPES), register_rules)


def params_of(target: Any) -> list[str]:
    """Return the names of the parameters of a loss, with those of its variants, or a recipe."""
    return list(
        dict.fromkeys(param.name for one in (target, *target.variants) for param in one.params)
    )
