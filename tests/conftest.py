"""How many random examples hypothesis takes, and that no test sees what another left.

The same few on every run, so that a push is not stopped by chance; `.ci/long` takes many others
each time, with ``--hypothesis-profile=long``.
"""

import pytest
from hypothesis import HealthCheck, settings

from lossctl.small_calls import forget

settings.register_profile(
    "quick",
    derandomize=True,
    deadline=None,
    max_examples=100,
    suppress_health_check=list(HealthCheck),
)
settings.register_profile(
    "long", parent=settings.get_profile("quick"), derandomize=False, max_examples=3000
)
settings.load_profile("quick")


@pytest.fixture(autouse=True)
def _no_plan_is_remembered() -> None:
    """Forget the plans of earlier tests, which may have been made of blocks of another size."""
    forget()
