"""All planted mistakes, by code."""

from tests.checks import planted_losses, planted_pairs  # noqa: F401 - they register theirs
from tests.checks.planted import PLANTED

__all__ = ["PLANTED"]
