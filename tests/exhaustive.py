"""The marker of what the quick suite leaves out."""

from typing import Any

import pytest


def rest(*values: Any, id: str | None = None) -> Any:  # noqa: A002 - as pytest calls it
    """Return a set of parameters that runs with ``pytest -m ""`` and in `.ci/long` only."""
    return pytest.param(*values, id=id, marks=pytest.mark.exhaustive)
