"""The domains of shared options: what each accepts, refuses, and says of itself."""

from typing import Any

import jsonschema
import numpy as np
import pytest

from lossctl.core.domain import UNIT, Choice, Nullable, ScalarOrList, schema_of
from lossctl.core.option_domains import (
    AxesInWords,
    ChoiceOrIndex,
    ClassWeights,
    Integer,
    Label,
    Names,
)

DOMAINS = [
    Integer(),
    Integer(1),
    ChoiceOrIndex(Choice(("micro", "macro"))),
    ClassWeights(),
    Names(),
    Label(),
    AxesInWords(),
    Nullable(Integer(1)),
    ScalarOrList(UNIT),
]


@pytest.mark.parametrize("domain", DOMAINS, ids=lambda one: type(one).__name__)
def test_the_schema_allows_what_the_domain_does(domain: Any) -> None:
    schema = schema_of(domain)
    for value in domain.inside():
        domain.accept(value)
        jsonschema.validate(value, schema)
    for value in domain.outside():
        with pytest.raises(ValueError, match="must"):
            domain.accept(value)
    assert domain.describe()


@pytest.mark.parametrize(
    ("domain", "given", "wanted"),
    [
        (Integer(), np.int32(-4), -4),
        (ChoiceOrIndex(Choice(("micro",))), np.int64(2), 2),
        (ClassWeights(), np.array([1, 2]), (1.0, 2.0)),
        (Names(), np.array(["a", "b"]), ("a", "b")),
        (Label(), np.float64(0.5), "0.5"),
        (Label(), True, "True"),
        (AxesInWords(), {"predictions": " item   class "}, {"predictions": "item class"}),
    ],
)
def test_values_take_one_form(domain: Any, given: Any, wanted: Any) -> None:
    found = domain.accept(given)
    assert (found, type(found)) == (wanted, type(wanted))


@pytest.mark.parametrize(
    ("domain", "given", "words"),
    [
        (ClassWeights(), ["x", 1.0], "'x'"),
        (Names(), ["a", "b", "a"], "'a' twice"),
        (Names(), ["a", 3], "3"),
        (AxesInWords(), {"predictions": "  "}, "'  '"),
        (Integer(2), 1, "at least 2"),
    ],
)
def test_refusals_show_the_value(domain: Any, given: Any, words: str) -> None:
    with pytest.raises(ValueError, match="must") as caught:
        domain.accept(given)
    assert words in str(caught.value)
