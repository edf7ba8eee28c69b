"""Law 10: every page is complete, and its examples are worth what was worked out by hand."""

import re
from pathlib import Path

import pytest

import lossctl
from lossctl.api import compute
from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.losses import catalogue
from lossctl.losses.catalogue import CATALOGUE, FAMILIES, every_loss, get, resolve
from lossctl.testing import pages as laws
from tests.conformance.cases import each_loss

PACKAGE = Path(lossctl.__file__).parent


@each_loss()
def test_every_field_of_the_page_is_filled(loss: Loss) -> None:
    laws.every_field_is_filled(loss)


@each_loss()
def test_every_reference_has_a_link(loss: Loss) -> None:
    laws.every_reference_has_a_link(loss)


@each_loss()
def test_every_example_is_worth_what_was_worked_out(loss: Loss) -> None:
    laws.every_example_is_worth_what_was_worked_out(loss)
    for example in loss.page.examples:
        result = compute(loss.id, *example.arrays(loss.inputs), **example.params)
        assert result.value == pytest.approx(example.value, rel=1e-14, abs=1e-15)


@each_loss()
def test_the_curve_can_be_drawn(loss: Loss) -> None:
    laws.curve_can_be_drawn(loss)


@each_loss()
def test_the_catalogue_says_where_it_lives(loss: Loss) -> None:
    entry = CATALOGUE[loss.id]
    assert entry.family in FAMILIES
    assert (PACKAGE / "losses" / entry.family / f"{loss.id}.py").is_file()
    assert get(loss.id) is loss
    assert getattr(lossctl.losses, loss.id).__name__ == loss.id
    assert re.fullmatch(r"[a-z][a-z0-9_]*", loss.id)


def test_ids_and_aliases_are_unique() -> None:
    assert [loss.id for loss in every_loss()] == list(CATALOGUE)
    names = [*CATALOGUE, *(alias for entry in CATALOGUE.values() for alias in entry.aliases)]
    assert len(set(names)) == len(names)
    for loss_id, entry in CATALOGUE.items():
        for spelling in (loss_id, *entry.aliases):
            for name in (spelling, spelling.upper(), spelling.replace("_", "-"), f" {spelling} "):
                assert resolve(name) == loss_id


def test_every_file_of_a_loss_is_in_the_catalogue() -> None:
    every = {path for path in (PACKAGE / "losses").glob("*/*.py") if not path.name.startswith("_")}
    files = {path for path in every if path.parent.name != "builders"}
    assert {path.stem for path in files} == set(CATALOGUE)
    assert {path.parent.name for path in files} == set(FAMILIES) - {"plugin"}


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean huber"):
        catalogue.resolve("hubber")
    with pytest.raises(UsageError, match="lossctl list"):
        catalogue.resolve("xyzzy")


@each_loss()
def test_every_declaration_is_consistent(loss: Loss) -> None:
    laws.declaration_is_consistent(loss)
