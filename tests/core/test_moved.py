"""An old import says where the module went; every place it names exists."""

import importlib
import re

import pytest

from shiftprobe.core.moved import MOVED


@pytest.mark.parametrize("old", MOVED)
def test_an_old_name_is_refused_by_the_new_one(old: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=f"^{re.escape(old)} moved; import from {re.escape(MOVED[old])}$"):
        importlib.import_module(old)


PLACES = sorted({place for new in MOVED.values() for place in re.findall(r"shiftprobe[.\w]+", new)})


@pytest.mark.parametrize("place", PLACES)
def test_the_new_places_exist(place: str) -> None:
    assert importlib.import_module(place)


def test_what_was_never_ours_is_not_found_as_ever() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"No module named 'shiftprobe\.nothing'"):
        importlib.import_module("shiftprobe.nothing")
