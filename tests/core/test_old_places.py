"""Names that plugins import from where the documentation once had them."""

from dataclasses import fields, replace
from importlib import import_module

import pytest

from lossctl.core.domain import Param, bind_params
from lossctl.core.loss import Curve, Form, Grouped, Loss, Pooled
from lossctl.losses.builders.class_rows import MARGIN
from lossctl.losses.builders.elementwise import binary_form, elementwise
from lossctl.losses.catalogue import every_loss
from lossctl.losses.regression.mse import MSE


@pytest.mark.parametrize(
    ("module", "name", "now"),
    [
        ("lossctl.core.build", "elementwise", elementwise),
        ("lossctl.core.build", "binary_form", binary_form),
        ("lossctl.core.curves", "Curve", Curve),
        ("lossctl.core.param", "Param", Param),
        ("lossctl.core.param", "bind_params", bind_params),
    ],
)
def test_an_old_place_still_answers_and_names_the_new_one(
    module: str, name: str, now: object
) -> None:
    with pytest.warns(DeprecationWarning, match=f"{name} moved to lossctl"):
        assert getattr(import_module(module), name) is now


@pytest.mark.parametrize(
    "module", ["lossctl.core.build", "lossctl.core.curves", "lossctl.core.param"]
)
def test_nothing_else_is_there(module: str) -> None:
    with pytest.raises(AttributeError):
        import_module(module).nothing  # noqa: B018


def test_old_names_of_forms_and_losses_still_declare() -> None:
    form = replace(MSE.forms[0], totals=None, has_slopes=False)
    with pytest.warns(DeprecationWarning, match="is vjp now"):
        again = Form("item", "values", form.terms, pullback=form.vjp)
    with pytest.warns(DeprecationWarning, match="is 'item' now"):
        assert Form("element", "values", form.terms, form.vjp) == form == again
    with pytest.warns(DeprecationWarning, match="is axes now"):
        assert Form(layout="element", kind="values", terms=form.terms, vjp=form.vjp) == form
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


def test_a_reading_that_no_form_has() -> None:
    assert MSE.form("item", "values") is MSE.forms[0]
    with pytest.raises(KeyError):
        MSE.form("item", "logits")
    with pytest.raises(KeyError):
        MSE.form("item class", "values")


def test_the_axes_of_a_grid_by_their_old_name() -> None:
    with pytest.warns(DeprecationWarning, match="reduction.axes"):
        assert replace(MSE, reduction=Grouped("grid", axes=3)).grid_axes == 3
    with pytest.warns(DeprecationWarning, match="reduction.axes"):
        assert MSE.grid_axes == 2


def by_old_names(loss: Loss) -> Loss:
    """Declare a loss anew by the names of earlier versions."""
    layouts = {"item": "element", "item class": "row", "any": "record"}
    forms = [
        Form(
            layouts[f.axes],
            f.kind,
            f.terms,
            pullback=f.vjp,
            sums_only=f.order == "memory",
            totals=f.totals,
            has_slopes=f.has_slopes,
        )
        for f in loss.forms
    ]
    forms = [  # an order that had no name
        replace(form, order=f.order) if f.order == "as_is" else form
        for form, f in zip(forms, loss.forms, strict=True)
    ]
    same = {entry.name: getattr(loss, entry.name) for entry in fields(loss)}
    for name in ("forms", "reduction", "left_out", "least_rows"):
        del same[name]
    return Loss(
        **same,
        forms=tuple(forms),
        pooled=loss.pooled,
        joint_classes=loss.joint_classes,
        grouped=loss.grouped,
        per_group=loss.per_group,
        grid_axes=getattr(loss.reduction, "axes", 2),
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    "loss", [one for one in every_loss() if not one.of_sequences], ids=lambda loss: loss.id
)
def test_every_loss_by_its_old_names_is_the_same_declaration(loss: Loss) -> None:
    old = by_old_names(loss)
    assert replace(old, forms=loss.forms) == replace(loss, forms=loss.forms)
    assert list(old.forms) == list(loss.forms)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_flags_by_place_and_old_readings() -> None:
    form = MSE.forms[0]
    arguments = ("a", "A", ("regression",), MSE.inputs, (form,), MSE.page, (), len, len)
    assert Loss(*arguments, True, True) == Loss(*arguments, reduction=Pooled(), hard_masks=True)
    assert Form("row", "logits", len, len, True) == Form("item class", "logits", len, len, "memory")
    assert MSE.form("element", "values") is form
    assert MSE.kinds_in("element") == ("values",)
    build = import_module("lossctl.core.build")
    assert build.row_form("logits", len, len, sums_only=True).order == "memory"
    assert import_module("lossctl.core.curves").LEAD is MARGIN
