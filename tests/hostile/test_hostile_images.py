import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from tests.hostile.documented import section
from tests.hostile.fixture import Fixture
from tests.hostile.images import FIXTURES, GROUPS, counts
from tests.hostile.looking import Looker

SECONDS = 5
MEMORY = 1.2 * 2**30


@pytest.fixture(scope="module")
def looker() -> Iterator[Looker]:
    one = Looker()
    yield one
    one.close()


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
def test_every_fixture_becomes_what_it_must(fixture: Fixture, tmp_path: Path, looker: Looker) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    fixture.build(folder)
    found = looker.look(fixture.data.format(folder), folder, few=fixture.few)
    said = [*found["reasons"], *([found["message"]] if found["outcome"] == "refused" else [])]
    assert found["outcome"] == fixture.expected, found
    assert fixture.expected == "accepted" or any(fixture.because in one for one in said), said
    assert all(one.isprintable() and one for one in said)
    assert found["seconds"] < SECONDS
    assert found["peak"] < MEMORY
    assert fixture.images in {None, found["images"]}
    assert not list(tmp_path.rglob("MARKER"))
    if fixture.pixels is not None:
        odd = np.load(tmp_path / "odd.npy").astype(int)
        wanted = fixture.pixels().astype(int)
        wanted = wanted[..., None] if wanted.ndim == 2 else wanted
        np.testing.assert_allclose(odd, np.broadcast_to(wanted, odd.shape), atol=fixture.tolerance)


def test_the_catalogue_is_as_large_as_it_should_be() -> None:
    assert len({fixture.name for fixture in FIXTURES}) == len(FIXTURES) >= 60
    genuine = [one for name, group in GROUPS.items() if name.startswith("genuine") for one in group]
    assert {one.expected for one in genuine} == {"accepted"}
    assert sum(one.pixels is not None for one in genuine) >= 25


def test_the_documented_numbers_are_those_of_the_catalogue() -> None:
    text = section("Images and folders")
    rows = re.findall(r"^\| ([^|]+?) +\| (\d+) \| (\d+) \| (\d+) \|$", text, re.MULTILINE)
    expected = {name: tuple(counts(group).values()) for name, group in GROUPS.items()}
    expected["all"] = tuple(counts().values())
    assert {name: tuple(map(int, numbers)) for name, *numbers in rows} == expected
