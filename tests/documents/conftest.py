"""`pytest tests/documents --update-outputs` writes the outputs that documents show again."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-outputs", action="store_true", help="write the outputs in documents again"
    )


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether outputs that differ are written again; without these options they never are."""
    return bool(request.config.getoption("--update-outputs", default=False))
