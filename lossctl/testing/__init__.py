"""For tests: gates on losses, findings in data, and the laws that losses and rules obey."""

from __future__ import annotations  # typing would take longer to load than all that is here

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lossctl.testing.assertions import assert_loss, assert_metric, assert_not_worse
    from lossctl.testing.check import check_loss
    from lossctl.testing.clean import assert_clean
    from lossctl.testing.rules import check_rule

_HOMES = {  # loaded when used: pytest loads this package at every start, for its plugin
    "assert_clean": "lossctl.testing.clean",
    "assert_loss": "lossctl.testing.assertions",
    "assert_metric": "lossctl.testing.assertions",
    "assert_not_worse": "lossctl.testing.assertions",
    "check_loss": "lossctl.testing.check",
    "check_rule": "lossctl.testing.rules",
}

__all__ = [
    "assert_clean",
    "assert_loss",
    "assert_metric",
    "assert_not_worse",
    "check_loss",
    "check_rule",
]


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module 'lossctl.testing' has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - see above

    globals()[name] = getattr(import_module(_HOMES[name]), name)
    return globals()[name]
