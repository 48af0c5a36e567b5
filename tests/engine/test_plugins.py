"""Shifts of the user's own, in a file of their own."""

import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.tiny import DIGITS, tiny_plan, tiny_spec

import shiftprobe
from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.engine import plugins
from shiftprobe.engine.plan import Given, plan
from shiftprobe.shifts import SHIFTS
from shiftprobe.spec.loading import load_spec
from shiftprobe.testing import check_shift

MINE = '''
"""Rain on the lens: a column of the image is lost."""

import numpy as np

from shiftprobe.shifts import SHIFTS, DosedShift


def stripe(width):
    def change(image, rng):
        column = int(rng.integers(image.shape[1]))
        lost = max(1, round(width * image.shape[1]))
        changed = np.roll(image, -column, axis=1)
        changed[:, :lost] = 255 - changed[:, :lost]
        return np.ascontiguousarray(np.roll(changed, column, axis=1))

    return change


SHIFTS.add(
    DosedShift(name="NAME", kind="occlusion", parameter="width", unit="of the width", end=0.6, random=True,
               stepped=True, build=stripe)
)
'''


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A spec beside a plugin whose shift has a name of its own in every test."""
    name = f"stripe_{tmp_path.name}"
    (tmp_path / "mine.py").write_text(MINE.replace("NAME", name))
    return tmp_path


def given(mine: Path) -> dict[str, object]:
    return {**DIGITS, "plugins": [str(mine / "mine.py")], "shifts": [f"stripe_{mine.name}"], "seeds": 1}


def test_a_shift_in_a_file_of_ones_own_keeps_the_contract_and_runs_in_other_processes(mine: Path) -> None:
    run = shiftprobe.sweep(given(mine), out=mine / "runs", allow_code=True, workers=2)
    assert not run.failed
    assert run.summary.shifts == (f"stripe_{mine.name}",)
    check_shift(SHIFTS[f"stripe_{mine.name}"])


def test_code_is_never_run_without_leave(mine: Path) -> None:
    (mine / "mine.py").write_text(f"open({str(mine / 'ran')!r}, 'w').close()")
    with pytest.raises(SpecError, match=r"the spec names code to run, .*mine.py; add --allow-code"):
        plan(load_spec(given(mine)), Given(out=mine))
    assert not (mine / "ran").exists()


def test_another_content_is_another_run(mine: Path) -> None:
    spec = load_spec({**given(mine), "shifts": []})
    first = plan(spec, Given(out=mine, allow_code=True)).setup.run
    assert first != tiny_plan(mine, shifts=[], seeds=1).setup.run
    file = mine / "mine.py"
    file.write_text(file.read_text().replace("stripe_", "other_"))
    assert plan(spec, Given(out=mine, allow_code=True)).setup.run != first


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "wanted a readable file at .*mine.py, got: No such file"),
        ("1 / 0", "mine.py: ZeroDivisionError: division by zero; repair it"),
        ("def", "mine.py: SyntaxError"),
        (MINE.replace("NAME", "rotation"), "rotation"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_one_line(text: str | None, words: str, mine: Path) -> None:
    file = mine / "mine.py"
    file.unlink() if text is None else file.write_text(text)
    before = set(sys.modules)
    with pytest.raises(SpecError, match=words) as told:
        plan(load_spec(given(mine)), Given(out=mine, allow_code=True))
    assert "\n" not in str(told.value)
    assert not {name for name in set(sys.modules) - before if name.startswith("shiftprobe_plugin")}


def test_without_its_plugin_the_name_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no shift"):
        tiny_plan(tmp_path, shifts=["stripe_nowhere"])


@dataclass(frozen=True)
class Entry:
    """An installed package's entry point."""

    name: str
    value: str
    loaded: list[str]
    dist: SimpleNamespace | None = None
    error: Exception | None = None

    def load(self) -> None:
        self.loaded.append(self.name)
        if self.error is not None:
            raise self.error


def test_an_installed_entry_point_is_loaded_and_moves_no_run_without_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[str] = []
    entries = [Entry("b", "two.shifts", loaded, SimpleNamespace(version="2.1")), Entry("a", "one.arms", loaded)]
    asked: list[str] = []

    def installed(*, group: str) -> list[Entry]:
        asked.append(group)
        return entries

    monkeypatch.setattr(metadata, "entry_points", installed)
    plugins.load(tiny_spec(), allow_code=False)
    assert loaded == ["b", "a"]
    assert plugins.digests(tiny_spec()) == []  # what it registers has a version of its own, where it is used
    assert set(asked) == {"shiftprobe"}
    entries.append(Entry("broken", "x", loaded, error=ImportError("no\nx")))
    with pytest.raises(SpecError, match=r"^plugin broken: ImportError: no.*x; repair or uninstall it$"):
        plugins.load(tiny_spec(), allow_code=False)
