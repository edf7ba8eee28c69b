"""Advice can be followed: what a message names works, or at least is not named again."""

import re
import shlex
import warnings
from functools import cache
from typing import Any

import numpy as np

import lossctl
from lossctl.core.options import OPTIONS
from lossctl.core.spec import spec
from tests.cli._mistakes import Situation, Way, situations, ways
from tests.cli.run import Answer

LONGEST = 200  # two lines of 100 letters
PYTHON = re.compile(rf"\b(?:{'|'.join(OPTIONS)})=")
FLAGS = "|".join(f"--{name.replace('_', '-')}" for name in OPTIONS)
ONE = rf"(?:--clip|--shift|(?:{FLAGS}) (?:\"[^\"]*\"|'[^']*'|[\w.,-]*\w))"
SHELL = re.compile(rf"{ONE}(?:,? and {ONE})*")


def say(loss: str, inputs: dict[str, Any], options: dict[str, Any]) -> tuple[str, ...]:
    """Return what is said: the error, or the notes."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return lossctl.compute(loss, **inputs, **options).notes
        except lossctl.LossctlError as error:
            return (f"error: {error}",)


def follow(case: Situation, message: str, way: Way) -> str:
    """Follow one way out; return what is wrong with it, if anything."""
    inputs, options = dict(case.inputs), {**case.params, **way.options}
    if way.change is not None:
        named = re.search(r"reshape the (\w+)", way.words) or re.match(r"error: (\w+)", message)
        name = named[1] if named and named[1] in inputs else case.blamed
        with np.errstate(all="ignore"):
            inputs[name] = way.change(np.asarray(inputs[name]))
    if way.loss:
        options = {}
    for said in say(way.loss or case.loss.id, inputs, options):
        refused = any(said.startswith(f"error: {name}:") for name in way.options)
        if said.startswith("error") and (way.words in said or refused):
            return said
        if not message.startswith("error") and said == message and way.options:
            return said
    return ""


@cache
def found() -> list[tuple[Situation, str]]:
    """Return every situation with what is said of it."""
    return [
        (case, message)
        for case in situations()
        for message in say(case.loss.id, case.inputs, dict(case.params))
    ]


def one_of_each() -> list[tuple[Situation, str]]:
    """Return one situation for each form of a message."""
    forms = {
        re.sub(r"-?\d[\d.e+]*", "N", message.replace(case.loss.id, "LOSS")): (case, message)
        for case, message in found()
    }
    return list(forms.values())


def test_every_way_that_a_message_names_leads_out() -> None:
    faults, tried = [], set()
    for case, message in found():
        for way in ways(message, case.loss):
            tried.add(re.sub(r"\d+", "N", way.words))
            if fault := follow(case, message, way):
                faults.append(f"{case.loss.id}, {case.what}: {message}\n  {way.words} => {fault}")
    assert not faults, "\n".join(faults[:20])
    assert len(tried) >= 20  # the messages are read as they are written


def test_every_message_fits_into_two_lines() -> None:
    long = {message for _, message in found() if len(message) > LONGEST + len("error: ")}
    assert not long


def test_every_way_leads_out_in_the_shell(answer: Answer) -> None:
    followed = 0
    for case, message in one_of_each():
        arrays = case.inputs
        if any(np.ndarray is not type(a) or a.dtype.kind not in "biuf" for a in arrays.values()):
            continue
        for name, array in arrays.items():
            np.save(f"{name}.npy", array)
        files = [part for name in arrays for part in ("--in", f"{name}={name}.npy")]
        asked = ("compute", *files, "-l", spec(case.loss.id, case.params))
        said = answer(*asked).err
        assert not PYTHON.search(said), said
        assert len(said.splitlines()) <= 2 or not message.startswith("error"), said
        for way in SHELL.findall(said):
            after = answer(*asked, *shlex.split(re.sub(r",? and (?=--)", " ", way)))
            again = way in after.err if message.startswith("error") else said == after.err
            assert not again, (said, after.err)
            assert not after.err.startswith(f"error: {way.split()[0]}:"), (said, after.err)
            followed += 1
    assert followed >= 30
