"""The laws that every loss obeys, for tests of losses that do not ship with lossctl."""

from lossctl.testing.check import check_loss

__all__ = ["check_loss"]
