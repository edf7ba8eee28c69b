"""Losses with inputs of their own on the command line, and options that mean nothing to a loss."""

import pytest

from tests.cli.run import SAMPLES, Answer

LOSSES = ("info_nce", "mse")


EMBEDDINGS = SAMPLES / "embeddings"


def test_losses_with_other_names_of_inputs_take_the_files_by_place(answer: Answer) -> None:
    files = (EMBEDDINGS / "anchor.npy", EMBEDDINGS / "positive.npy")
    alone = [answer("compute", *files, "-l", one, "--value-only").out for one in LOSSES]
    for order in (LOSSES, LOSSES[::-1]):
        specs = [word for loss in order for word in ("-l", loss)]
        together = answer("compute", *files, *specs, "--value-only").out.splitlines(keepends=True)
        assert sorted(together) == sorted(alone)


def test_a_group_of_one_item_is_told(answer: Answer) -> None:
    files = (EMBEDDINGS / "anchor.npy", EMBEDDINGS / "positive.npy")
    outcome = answer("compute", *files, "-l", "info_nce", "--batch-size", "59")
    sizes = "2 groups of 1 to 59 items (from the batch_size)"
    assert f"{sizes}; 1 of them have a single item" in outcome.err


def test_a_variant_is_told(answer: Answer) -> None:
    folder = SAMPLES / "preferences"
    files = (folder / "policy_chosen.npy", folder / "policy_rejected.npy")
    assert (
        "read from policy_chosen and policy_rejected" in answer("compute", *files, "-l", "dpo").err
    )


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("-l", "mse", "--ignore-index", "0"), "--ignore-index: mse takes none"),
        (("-l", "dice", "--no-background"), "--no-background: there is no background class"),
        (("-l", "focal", "-l", "focal:gamma=1", "--per-item", "{loss}.npy"), "requested twice"),
    ],
)
def test_options_that_would_do_nothing_are_refused(
    answer: Answer, words: tuple[str, ...], message: str
) -> None:
    folder = SAMPLES / "segmentation"
    outcome = answer("compute", folder / "preds.npy", folder / "targets.npy", *words)
    assert outcome.code == 2
    assert message in outcome.err
