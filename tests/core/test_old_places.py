"""Names that plugins import from where the documentation once had them."""

from importlib import import_module

import pytest

from lossctl.core.loss import Curve
from lossctl.losses.builders.class_rows import row_form
from lossctl.losses.builders.elementwise import binary_form, elementwise


@pytest.mark.parametrize(
    ("module", "name", "now"),
    [
        ("lossctl.core.build", "elementwise", elementwise),
        ("lossctl.core.build", "binary_form", binary_form),
        ("lossctl.core.build", "row_form", row_form),
        ("lossctl.core.curves", "Curve", Curve),
    ],
)
def test_an_old_place_still_answers_and_names_the_new_one(
    module: str, name: str, now: object
) -> None:
    with pytest.warns(DeprecationWarning, match=f"{name} stands in lossctl"):
        assert getattr(import_module(module), name) is now


@pytest.mark.parametrize("module", ["lossctl.core.build", "lossctl.core.curves"])
def test_nothing_else_is_there(module: str) -> None:
    with pytest.raises(AttributeError):
        import_module(module).nothing  # noqa: B018
