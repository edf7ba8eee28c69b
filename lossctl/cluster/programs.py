"""What travels to workers: a function and its arguments, and what must be the same there."""

import hashlib
import io
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import numpy as np

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.spelling import in_shell, option
from lossctl.kernels.numeric import primitives
from lossctl.metrics.declared_names import loss_named, name_of
from lossctl.version import __version__

OURS = {"lossctl", "builtins", "collections", "pathlib"}  # packages whose objects travel
POINTS = 4096  # of functions whose bits are compared
_CODE = (
    "{flag}: {name} is declared here alone; workers know the losses of lossctl and of packages "
    "that they have"
)


class Program(NamedTuple):
    """A call that workers repeat as far as they are asked.

    Attributes
    ----------
    key
        Tells it from others.
    call
        The function and its arguments: names of losses, places of data and options.
    shell, folder
        Whether messages are for the shell, and the folder that names of files start from.
    shares
        How many shares the blocks of a pass are cut into at most.
    numerics
        What decides the bits of numbers.
    """

    key: str
    call: bytes
    shell: bool
    folder: str
    shares: int
    numerics: Mapping[str, str]


def program_of(call: bytes, shares: int) -> Program:
    """Return what workers are given of a packed call."""
    return Program(uuid4().hex, call, in_shell(), str(Path.cwd()), shares, numerics())


def output_name(program: Program, number: int) -> str:
    """Return the name of the output `number` of a program, the same in every process."""
    return f"{program.key[:12]}-{number}"


class _ByName(pickle.Pickler):
    """Writes losses as their names, and refuses what only this process has."""

    def reducer_override(self, value: Any) -> Any:
        """Return how a value is made again."""
        if isinstance(value, Loss):
            name = name_of(value, value)
            if not _is_known(value, name):
                raise UsageError(_CODE.format(flag=option("cluster"), name=value.id))
            return loss_named, (name,)
        is_code = callable(value)
        named = value if is_code else type(value)
        if str(getattr(named, "__module__", "")).partition(".")[0] in OURS:
            return NotImplemented
        if is_code:
            called = getattr(value, "__name__", type(value).__name__)
            raise UsageError(_CODE.format(flag=option("cluster"), name=called))
        if hasattr(value, "write"):
            raise UsageError(
                f"{option('cluster')}: workers write files and no streams; name a file"
            )
        raise UsageError(f"{option('cluster')}: workers open files; save every input as one")


def _is_known(loss: Loss, name: Sequence[Any]) -> bool:
    try:
        return loss_named(name) is loss
    except (UsageError, LookupError):
        return False


def packed(function: Callable[..., Any], args: Sequence[Any], keywords: Mapping[str, Any]) -> bytes:
    """Return a call as bytes.

    Raises
    ------
    UsageError
        For arguments that are no names, places or options: data in memory, code.
    """
    room = io.BytesIO()
    try:
        _ByName(room, protocol=5).dump((function, tuple(args), dict(keywords)))
    except (pickle.PicklingError, AttributeError, TypeError):
        raise UsageError(
            f"{option('cluster')}: workers are given names and places of files; functions and open "
            "files of this process do not travel"
        ) from None
    return room.getvalue()


def numerics() -> dict[str, str]:
    """Return the versions that decide the bits of numbers, and those bits at some points."""
    bits = hashlib.blake2b(digest_size=8)
    for dtype in (np.float32, np.float64):
        points = np.linspace(1e-3, 60.0, POINTS, dtype=dtype)
        for loop in (primitives.exp, primitives.log, primitives.log1p, primitives.expm1):
            bits.update(loop(points).tobytes())
        for definition in (np.exp, np.log, np.tanh, np.sqrt):
            bits.update(definition(points).tobytes())
        bits.update(np.power(points, 0.3).tobytes())
        square = points.reshape(64, 64)
        bits.update(np.matmul(square, square.T).tobytes())
    return {
        "lossctl": __version__,
        "numpy": np.__version__,
        "loops": primitives.versions()["loops"],
        "bits": bits.hexdigest(),
    }


def difference(theirs: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """Say what makes the bits of two processes differ; nothing where none does."""
    for name in ("lossctl", "numpy"):
        if theirs.get(name) != ours[name]:
            return f"it has {name} {theirs.get(name)}, and here it is {ours[name]}"
    if theirs.get("bits") == ours["bits"]:
        return ""
    if theirs.get("loops") != ours["loops"]:
        return f"it computes functions by {theirs.get('loops')}, and here it is {ours['loops']}"
    return "its processor computes other last bits"
