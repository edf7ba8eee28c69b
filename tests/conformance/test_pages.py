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
from tests.conformance.cases import each_loss

LINK = re.compile(r"(arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,9}/\S+|https://\S+)$")
PACKAGE = Path(lossctl.__file__).parent


@each_loss()
def test_every_field_of_the_page_is_filled(loss: Loss) -> None:
    page = loss.page
    for text in (loss.title, page.summary, page.formula, page.kinks, page.curve.label):
        assert text.strip() == text
        assert text
    assert page.summary.endswith(".")
    for lines in (page.use_when, page.avoid_when, page.expected):
        assert lines
        assert all(line.strip() for line in lines)
    assert isinstance(page.use_when, tuple)
    assert isinstance(page.avoid_when, tuple)
    assert isinstance(page.notes, tuple)
    assert "perfect" in page.expected
    assert all(page.expected.values())
    assert loss.tasks


@each_loss()
def test_every_reference_has_a_link(loss: Loss) -> None:
    assert loss.page.references
    for reference in loss.page.references:
        assert reference.text
        assert LINK.match(reference.link), reference.link


@each_loss()
def test_every_example_is_worth_what_was_worked_out(loss: Loss) -> None:
    assert loss.page.examples
    for example in loss.page.examples:
        assert example.working
        given = [example.predictions]
        given += [] if example.targets is None else [example.targets]
        result = compute(loss.id, *given, **example.params)
        assert result.value == pytest.approx(example.value, rel=1e-14, abs=1e-15)


@each_loss()
def test_the_curve_can_be_drawn(loss: Loss) -> None:
    curve = loss.page.curve
    assert curve.low < curve.high
    for part in (0.0, 0.25, 0.5, 0.75, 1.0):
        place = curve.low + part * (curve.high - curve.low)
        assert compute(loss.id, *curve.inputs(place), input=curve.kind).status == "ok"


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
    files = {path for path in (PACKAGE / "losses").glob("*/*.py") if not path.name.startswith("_")}
    assert {path.stem for path in files} == set(CATALOGUE)
    assert {path.parent.name for path in files} == set(FAMILIES)


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean huber"):
        catalogue.resolve("hubber")
    with pytest.raises(UsageError, match="lossctl list"):
        catalogue.resolve("xyzzy")


@each_loss()
def test_every_declaration_is_consistent(loss: Loss) -> None:
    assert loss.forms
    keys = [(form.layout, form.kind) for form in loss.forms]
    assert len(set(keys)) == len(keys)
    assert any(entry.differentiable for entry in loss.inputs)
    assert loss.inputs[0].name == "predictions"
    for entry in loss.inputs:
        assert entry.help
        assert entry.axes
        assert entry.kind
    reserved = {"weights", "reduction", "input", "task", "nan", "threads", "class_weights"}
    assert not reserved & {param.name for param in loss.params}
