"""Shifts of the user's own, in a file of their own."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.specs import DIGITS
from tests.tiny import tiny_plan, tiny_spec

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
def mine(tmp_path: Path) -> Iterator[Path]:
    """A spec beside a plugin whose shift has a name of its own in every test; it leaves the registry with the test."""
    before = dict(SHIFTS._items)
    name = f"stripe_{tmp_path.name}"
    (tmp_path / "mine.py").write_text(MINE.replace("NAME", name))
    yield tmp_path
    SHIFTS._items.clear()
    SHIFTS._items.update(before)


def given(mine: Path) -> dict[str, object]:
    return {**DIGITS, "plugins": [str(mine / "mine.py")], "shifts": [f"stripe_{mine.name}"], "seeds": 1}


def test_a_shift_in_a_file_of_ones_own_keeps_the_contract_and_runs_in_other_processes(mine: Path) -> None:
    quick = {"arms": ["zero_shot", "scratch"], "probes": ["accuracy"], "report": {"thumbnails": 0}}
    run = shiftprobe.sweep({**given(mine), **quick}, out=mine / "runs", allow_code=True, workers=2)
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


def packaged(folder: Path, name: str, code: str) -> Path:
    """A package with an entry point, as an installer leaves it; it notes that it ran."""
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[other]\nx = nowhere\n[shiftprobe]\n{name} = {name}\n")
    (folder / f"{name}.py").write_text(f"open({str(folder / 'ran')!r}, 'a').close()\n{code}\n")
    return folder / "ran"


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """A folder of this environment's packages, and another in which Python merely looks."""
    installed, looked = tmp_path / "site-packages", tmp_path / "checkout"
    monkeypatch.setattr(plugins, "site_folders", lambda: [installed])
    monkeypatch.setattr(plugins, "_told_of", set())
    monkeypatch.syspath_prepend(str(installed))
    monkeypatch.syspath_prepend(str(looked))
    return installed, looked


def test_an_installed_entry_point_is_loaded_and_moves_no_run_without_it(folders: tuple[Path, Path]) -> None:
    installed, _ = folders
    ran = packaged(installed, "plug_installed", "")
    plugins.load(tiny_spec(), allow_code=False)
    assert ran.exists()
    assert plugins.digests(tiny_spec()) == []  # what it registers has a version of its own, where it is used
    packaged(installed, "plug_broken", "raise ImportError('no\\nx')")
    with pytest.raises(SpecError, match=r"^plugin plug_broken: ImportError: no.*x; repair or uninstall it$"):
        plugins.load(tiny_spec(), allow_code=False)


def test_an_entry_point_that_nobody_installed_needs_leave_and_is_told_once(
    folders: tuple[Path, Path], caplog: pytest.LogCaptureFixture
) -> None:
    _, looked = folders
    ran = packaged(looked, "plug_checkout", "")
    for _ in range(2):
        plugins.load(tiny_spec(), allow_code=False)
    assert not ran.exists()
    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("plugin plug_checkout (plug_checkout) is not installed in this environment")
    assert "--allow-code" in caplog.messages[0]
    plugins.load(tiny_spec(), allow_code=True)
    assert ran.exists()


def test_the_folders_of_this_environment_are_those_that_hold_its_packages() -> None:
    assert Path(pytest.__file__).parents[1] in plugins.site_folders()
    assert not any(Path.cwd() == folder for folder in plugins.site_folders())
