"""Names that plugins import from where the documentation once had them."""

from importlib import import_module

import pytest

from lossctl.core.domain import Param, bind_params
from lossctl.core.loss import Curve, Form, Grouped, Loss, Pooled
from lossctl.losses.builders.class_rows import row_form
from lossctl.losses.builders.elementwise import binary_form, elementwise
from lossctl.losses.regression.mse import MSE


@pytest.mark.parametrize(
    ("module", "name", "now"),
    [
        ("lossctl.core.build", "elementwise", elementwise),
        ("lossctl.core.build", "binary_form", binary_form),
        ("lossctl.core.build", "row_form", row_form),
        ("lossctl.core.curves", "Curve", Curve),
        ("lossctl.core.param", "Param", Param),
        ("lossctl.core.param", "bind_params", bind_params),
    ],
)
def test_an_old_place_still_answers_and_names_the_new_one(
    module: str, name: str, now: object
) -> None:
    with pytest.warns(DeprecationWarning, match=f"{name} stands in lossctl"):
        assert getattr(import_module(module), name) is now


@pytest.mark.parametrize(
    "module", ["lossctl.core.build", "lossctl.core.curves", "lossctl.core.param"]
)
def test_nothing_else_is_there(module: str) -> None:
    with pytest.raises(AttributeError):
        import_module(module).nothing  # noqa: B018


def test_old_names_of_forms_and_losses_still_declare() -> None:
    form = MSE.forms[0]
    with pytest.warns(DeprecationWarning, match="is vjp now"):
        again = Form("item", "values", form.terms, pullback=form.vjp)
    with pytest.warns(DeprecationWarning, match="is 'item' now"):
        assert Form("element", "values", form.terms, form.vjp) == form == again
    with pytest.warns(DeprecationWarning, match="is order=.memory. now"):
        assert Form("item class", "logits", len, len, sums_only=True).order == "memory"
    given = {"inputs": MSE.inputs, "forms": (form,), "page": MSE.page}
    with pytest.warns(DeprecationWarning, match="pooled, joint_classes of a declaration"):
        pooled = Loss("a", "A", ("regression",), **given, pooled=True, joint_classes=True)
    with pytest.warns(DeprecationWarning, match="is reduction now"):
        grid = Loss("a", "A", ("segmentation",), **given, grouped="grid", grid_axes=3)
    assert (pooled.reduction, grid.reduction) == (Pooled(joint=True), Grouped("grid", axes=3))


def test_old_attributes_answer() -> None:
    form = MSE.forms[0]
    with pytest.warns(DeprecationWarning, match="now"):
        assert (form.layout, form.pullback, form.sums_only) == ("element", form.vjp, False)
    with pytest.warns(DeprecationWarning, match="now"):
        assert (MSE.layouts, MSE.is_record) == (("element",), False)
    with pytest.raises(AttributeError, match="Loss has no attribute 'rows'"):
        MSE.rows  # noqa: B018
    with pytest.raises(TypeError, match="unexpected keyword argument 'poled'"):
        Loss("a", "A", ("regression",), MSE.inputs, MSE.forms, MSE.page, poled=True)
