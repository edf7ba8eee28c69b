"""Recipes from the command line and in Python: their parts, against the formulas."""

import csv
import io
import json

import jsonschema
import numpy as np
import pytest

import lossctl
from lossctl.core.errors import UsageError
from lossctl.losses.catalogue import CATALOGUE, RECIPES
from lossctl.objective.recipe import get_recipe
from tests.objective._logic import LOGIC, ROOT, wanted


def test_recipes_are_files_of_their_names() -> None:
    files = (ROOT / "lossctl/objective/recipes").glob("*.yaml")
    assert {path.stem for path in files} == set(RECIPES)
    for name in RECIPES:
        recipe = get_recipe(name)
        assert not {name} & set(CATALOGUE)
        assert recipe.bind({}).keys() == {param.name for param in recipe.params}
        for param in recipe.params:
            for value in param.domain.outside():
                with pytest.raises(UsageError):
                    recipe.bind({param.name: value})


def test_the_catalogue_shows_recipes(run) -> None:
    assert run("list", "--family", "recipe", "-f", "plain").out.split() == list(RECIPES)
    listed = json.loads(run("list", "-f", "json").out)["losses"]
    assert [one["id"] for one in listed if one["family"] == "recipe"] == list(RECIPES)
    for name in RECIPES:
        for form in ("text", "json", "markdown"):
            done = run("show", name, "-f", form)
            assert done.code == 0
            assert get_recipe(name).title in done.out


def test_logical_from_the_command_line(run) -> None:
    files = [str(LOGIC / f"{name}.npy") for name in
             ("class_preds", "class_targets", "rules", "constraints")]  # fmt: skip
    done = run("compute", *files, "-l", "logical:rule_weight=2,constraint_weight=5", "-f", "json")
    (found,) = json.loads(done.out)["results"]
    assert found["value"] == pytest.approx(wanted(), rel=1e-12)
    assert [part["loss"] for part in found["parts"]] == [
        "cross_entropy",
        "rule_satisfaction",
        "constraint_violation",
    ]
    jsonschema.validate(json.loads(done.out), json.loads(run("schema", "result").out))
    arrays = [np.load(file) for file in files]
    result = lossctl.compute("logical", *arrays, rule_weight=2.0, constraint_weight=5.0)
    assert result.value == found["value"]
    assert run("compute", *files[:2], "-l", "logical", "--fail-over", "0.1").code == 1
    table = run("compute", *files, "-l", "logical").out
    (row,) = [line.split() for line in table.splitlines() if line.startswith("logical.rules ")]
    assert row == ["logical.rules", "0.0525186", "rule_satisfaction,", "weight", "1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-l", "logical:rule_wieght=2"], "did you mean rule_weight?"),
        (["-l", "logical", "--gradient", "g.npy"], "lossctl run"),
        (["-l", "logical", "--reduction", "sum"], "is a recipe"),
    ],
)
def test_what_recipes_refuse(arguments: list[str], said: str, run) -> None:
    files = [str(LOGIC / "class_preds.npy"), str(LOGIC / "class_targets.npy")]
    done = run("compute", *files, *arguments)
    assert done.code == 2
    assert said in done.err


def test_recipes_and_losses_together(run) -> None:
    files = [str(LOGIC / "class_preds.npy"), str(LOGIC / "class_targets.npy")]
    done = run("compute", *files, "-l", "logical", "-l", "cross_entropy", "-f", "json")
    values = [result["value"] for result in json.loads(done.out)["results"]]
    predictions, targets = map(np.load, files)
    truth = -np.log(predictions[np.arange(len(targets)), targets]).mean()
    assert values == pytest.approx([truth, truth], rel=1e-9)


def test_the_gradient_of_a_recipe() -> None:
    p, t = np.array([[0.2, 0.8], [0.5, 0.5]]), np.array([1, 0])
    r = np.array([[0.4], [0.9]])
    found = lossctl.gradient("logical", p, t, r, rule_weight=3.0)
    np.testing.assert_allclose(found["rule_values"], 3.0 * 2.0 * (r - 1.0) / 2.0)
    np.testing.assert_allclose(found["predictions"], [[0.0, -0.625], [-1.0, 0.0]])


def test_the_variational_autoencoder() -> None:
    draw = np.random.default_rng(0)
    x, again, mean, log_variance = (draw.normal(size=(6, 4)) for _ in range(4))
    found = lossctl.compute("vae", again, x, mean, log_variance, beta=4.0)
    kl = -0.5 * (1 + log_variance - mean**2 - np.exp(log_variance)).sum(axis=1).mean()
    assert found.value == pytest.approx(((again - x) ** 2).mean() + 4.0 * kl)
    assert [part.name for part in found.parts] == ["reconstruction", "kl"]


def test_image_translation() -> None:
    draw = np.random.default_rng(0)
    made, wanted_image, fake = (
        draw.normal(size=(3, 5)),
        draw.normal(size=(3, 5)),
        draw.normal(size=3),
    )
    found = lossctl.compute("pix2pix", made, wanted_image, fake, distance_weight=10.0)
    fooled = np.log1p(np.exp(-fake)).mean()
    assert found.value == pytest.approx(10.0 * np.abs(made - wanted_image).mean() + fooled)
    critic = lossctl.compute("pix2pix", made, wanted_image, fake=fake, mode="wasserstein")
    assert critic.parts[1].value == pytest.approx(-fake.mean())


def test_inputs_of_a_recipe_by_name(run) -> None:
    draw = np.random.default_rng(0)
    for name in ("x", "again", "mean", "spread"):
        np.save(f"{name}.npy", draw.normal(size=(6, 4)))
    by_place = run("compute", "again.npy", "x.npy", "mean.npy", "spread.npy", "-l", "vae:beta=4",
                   "--value-only")  # fmt: skip
    by_name = run("compute", "again.npy", "x.npy", "--in", "log_variance=spread.npy", "--in",
                  "mean=mean.npy", "-l", "vae:beta=4", "--value-only")  # fmt: skip
    assert by_place.code == by_name.code == 0, by_name.err
    assert by_place.out == by_name.out


def test_detection() -> None:
    draw = np.random.default_rng(0)
    scores, labels = draw.random(5), np.array([1.0, 0.0, 0.0, 1.0, 0.0])
    boxes, targets = draw.random((5, 4)), draw.random((5, 4))
    found = lossctl.compute("detection", scores, labels, boxes, targets, labels, box_weight=2.0)
    true = np.where(labels == 1, scores, 1 - scores)
    alpha = np.where(labels == 1, 0.25, 0.75)
    focal = -(alpha * (1 - true) ** 2 * np.log(true)).mean()
    smooth = (0.5 * (boxes - targets) ** 2)[labels == 1].mean()
    assert found.value == pytest.approx(focal + 2.0 * smooth)


def test_segmentation() -> None:
    scores = np.random.default_rng(0).normal(size=(2, 3, 4, 4))
    targets = np.random.default_rng(1).integers(0, 3, (2, 4, 4))
    found = lossctl.compute("segmentation", scores, targets)
    p = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    hot = np.moveaxis(np.eye(3)[targets], -1, 1)
    cross = -np.log((p * hot).sum(axis=1)).mean()
    dice = 1 - (2 * (p * hot).sum() + 1e-6) / (p.sum() + hot.sum() + 1e-6)
    assert found.value == pytest.approx(cross + 0.5 * dice)


def test_every_output_of_a_recipe_has_its_parts(run) -> None:
    names = ("class_preds", "class_targets", "rules", "constraints")
    args = ("compute", *(str(LOGIC / f"{name}.npy") for name in names), "-l", "logical")
    rules = ((1 - np.load(LOGIC / "rules.npy")) ** 2).mean()
    value = pytest.approx(rules, rel=1e-12)
    plain = dict(line.split("\t") for line in run(*args, "-f", "plain").out.splitlines())
    assert [name for name in plain if name.startswith("logical.")] == [
        "logical.supervised", "logical.rules", "logical.constraints",
    ]  # fmt: skip
    assert plain["logical.rules"] == f"{rules:.6g}"
    rows = list(csv.DictReader(io.StringIO(run(*args, "-f", "csv").out)))
    (part,) = (row for row in rows if row["loss"] == "logical.rules")
    assert float(part["value"]) == value
    assert part["params"].startswith("loss=rule_satisfaction,weight=")
    assert f"| logical.rules | {rules:.6g} |" in run(*args, "-f", "markdown").out
    assert len(run(*args, "--value-only").out.splitlines()) == 1
