"""The quick part of the grids of cases leaves nothing out."""

import pytest

from tests.conformance.cases import Case, by_loss, cases, marked

LAWS = [f"test_law_{number}" for number in range(60)]


def quick(law: str, chosen: list[Case]) -> list[Case]:
    return [case for case, marks in marked(law, chosen) if not marks]


@pytest.mark.parametrize("law", LAWS[:3])
def test_every_form_of_every_loss_meets_every_law(law: str) -> None:
    every = cases()
    assert {(c.loss.id, c.form.axes, c.form.kind) for c in quick(law, every)} == {
        (c.loss.id, c.form.axes, c.form.kind) for c in every
    }
    of_loss = [case.loss.id for case, marks in marked(law, every, by_loss) if not marks]
    assert of_loss == list(dict.fromkeys(case.loss.id for case in every))


def test_together_the_laws_meet_nearly_every_case() -> None:
    every = cases()
    met = {case.name for law in LAWS for case in quick(law, every)}
    assert len(quick(LAWS[0], every)) < len(every) / 3
    assert len(met) > 0.95 * len(every)
