"""How many random examples hypothesis takes.

The same few on every run, so that a push is not stopped by chance; `.ci/long` takes many others
each time, with ``--hypothesis-profile=long``.
"""

from hypothesis import HealthCheck, settings

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
