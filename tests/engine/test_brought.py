"""What a checkpoint that somebody brings says of its outputs, and which colours it never sees."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.specs import DIGITS

from shiftprobe import data
from shiftprobe.core.errors import SpecError
from shiftprobe.data.colours import has_colour
from shiftprobe.engine.brought import brought as brought_weights
from shiftprobe.engine.brought import name_conflict
from shiftprobe.engine.plan import Given, plan
from shiftprobe.models.build import build
from shiftprobe.spec.loading import load_spec

DIGITS_IN_ORDER = tuple("0123456789")
ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X")


def named_checkpoint(path: Path, names: tuple[str, ...]) -> Path:
    """A checkpoint for ten classes that says what its outputs are called."""
    model = build("small_cnn", classes=10, channels=1, size=8, seed=0)
    torch.save({"state_dict": model.state_dict(), "classes": list(names)}, path)
    return path


def test_a_file_that_refutes_the_order_of_the_source_is_refused_by_name(tmp_path: Path) -> None:
    backwards = named_checkpoint(tmp_path / "mine.pt", tuple("9876543210"))
    spec = load_spec({**DIGITS, "source": {"data": "digits:uci"}, "model": {"weights": str(backwards)}})
    found = brought_weights(spec, None)
    said = r"mine\.pt: the classes of source\.data, .* calls output 9 '0'.* 9 more differ"
    with pytest.raises(SpecError, match=said):
        name_conflict(spec, found, data.load("digits:uci", Path()))


@pytest.mark.parametrize("names", [DIGITS_IN_ORDER, ROMAN])
def test_names_that_agree_with_the_file_or_are_others_are_no_conflict(tmp_path: Path, names: tuple[str, ...]) -> None:
    file = named_checkpoint(tmp_path / "mine.pt", names)
    spec = load_spec({**DIGITS, "source": {"classes": list(DIGITS_IN_ORDER)}, "model": {"weights": str(file)}})
    assert name_conflict(spec, brought_weights(spec, None), None) is None


def test_names_against_the_file_and_colours_that_it_drops_are_told(tmp_path: Path) -> None:
    digits, file = data.load("digits:uci", Path()), named_checkpoint(tmp_path / "mine.pt", tuple("9876543210"))
    source = {"classes": list(DIGITS_IN_ORDER)}
    spec = load_spec({**DIGITS, "source": source, "model": {"weights": str(file)}, "shifts": []})
    coloured = tuple(one * np.array([1, 0, 1], np.uint8) for one in digits.images)
    ready = plan(spec, Given(out=tmp_path, target=replace(digits, images=coloured, prints=())))
    assert (ready.setup.preprocess.channels, ready.facts.colours_dropped) == (1, True)
    assert ready.facts.conflict == {"given": 0, "carried": 9, "name": "0", "count": 10}


def test_what_is_grey_in_all_channels_has_no_colour() -> None:
    digits = data.load("digits:uci", Path())
    assert not has_colour(digits)
    assert not has_colour(replace(digits, images=tuple(np.repeat(one, 3, axis=2) for one in digits.images), prints=()))
