"""The laws that every loss and rule obeys, for tests of those that do not ship with lossctl."""

from lossctl.testing.check import check_loss
from lossctl.testing.clean import assert_clean
from lossctl.testing.rules import check_rule

__all__ = ["assert_clean", "check_loss", "check_rule"]
