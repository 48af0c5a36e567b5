"""When a probe looks again, and what becomes of a fault; the networks are made up, so nothing is trained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from tests.tiny import tiny_plan
from torch import nn

from shiftprobe.core.errors import NotAvailableError, ResourceError
from shiftprobe.core.reading import read_json
from shiftprobe.core.types import IDENTITY, Cell, Evidence, Finding, Row, Scope
from shiftprobe.engine import run_probes
from shiftprobe.engine.run_probes import found, found_in_run, observe, observe_run
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.versions import Versions
from shiftprobe.probes import PROBES

LOOK, TRAINED = Cell("rotation", 0.5), Cell("rotation", 0.5, 40, 1)
CELLS = (LOOK, TRAINED)


@dataclass
class Counting:
    """A probe that counts its looks and says one number, or fails."""

    name: str = "counted"
    scope: Scope = "cells"
    looks: list[object] = field(default_factory=list)
    error: BaseException | None = None

    def __call__(self, evidence: Evidence | Mapping[Cell, Evidence]) -> Finding:
        self.looks.append(evidence)
        if self.error is not None:
            raise self.error
        row = Row(cell=TRAINED, probe=self.name, metric="m", value=float(len(self.looks)))
        return Finding((row,), {"x": np.arange(3)})


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Counting:
    """Stands in the registry; evidence is whose cell it is."""
    counting = Counting()
    monkeypatch.setitem(PROBES._items, counting.name, counting)
    monkeypatch.setattr(run_probes, "_evidence", lambda _setup, cell: cell)
    return counting


class Own(dict[str, str]):
    """Every name is its own version: these tests change what is asked for, not the code."""

    def __missing__(self, name: str) -> str:
        return name


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    planned = tiny_plan(tmp_path / "runs", target__budgets=[20, 40]).setup
    versions = Versions(arms=Own(), shifts=Own(), probes=Own())
    arms: dict[str, Scope] = {"zero_shot": "checkpoint", "scratch": "arms"}
    return replace(planned, arms=arms, probes={"counted": "cells"}, versions=versions)


def with_arms(setup: Setup, *names: str) -> Setup:
    arms: dict[str, Scope] = {"zero_shot": "checkpoint", **dict.fromkeys(names, "arms")}
    return replace(setup, arms=arms)


def budgets(setup: Setup, *counts: int) -> Setup:
    target = setup.spec.target.model_copy(update={"budgets": counts})
    return replace(setup, spec=setup.spec.model_copy(update={"target": target}))


def test_a_probe_looks_once(setup: Setup, probe: Counting) -> None:
    for _ in range(2):
        assert observe(setup, TRAINED) == ""
    assert probe.looks == [TRAINED]
    assert found(setup, "counted", TRAINED)
    assert not found(setup, "counted", LOOK)
    assert not found(setup, "counted", replace(TRAINED, seed=0))


def test_an_arm_that_came_later_is_looked_at_and_one_that_went_is_not_missed(setup: Setup, probe: Counting) -> None:
    observe(setup, TRAINED)
    more = with_arms(setup, "scratch", "transfer")
    assert not found(more, "counted", TRAINED)
    observe(more, TRAINED)
    assert len(probe.looks) == 2
    for fewer in (more, setup, with_arms(setup, "transfer")):
        assert found(fewer, "counted", TRAINED)
    assert not found(with_arms(setup, "lp_ft"), "counted", TRAINED)


CHANGES: dict[str, tuple[Callable[[Setup], Setup], bool, bool]] = {
    "a larger budget": (lambda setup: budgets(setup, 20, 60), False, True),
    "a smaller one beside": (lambda setup: budgets(setup, 40, 10), True, True),
    "other taps": (lambda setup: replace(setup, spec=setup.spec.model_copy(update={"taps": "all"})), False, False),
    "an untrained arm": (lambda setup: replace(setup, arms={**setup.arms, "mine": "checkpoint"}), False, True),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_probe_looks_again_where_it_would_see_something_else(change: str, setup: Setup, probe: Counting) -> None:
    changed, at_checkpoint, at_arms = CHANGES[change]
    assert setup.spec.taps != "all"
    for cell in CELLS:
        observe(setup, cell)
    assert len(probe.looks) == 2
    assert found(changed(setup), "counted", LOOK) is at_checkpoint
    assert found(changed(setup), "counted", TRAINED) is at_arms


def test_a_finding_keeps_its_rows_and_arrays(setup: Setup, probe: Counting) -> None:
    observe(setup, TRAINED)
    folder = setup.run.finding("counted", TRAINED)
    (row,) = read_json(folder / "rows.json")
    assert (row["metric"], row["value"]) == ("m", len(probe.looks))
    assert "cell" not in row
    np.testing.assert_array_equal(np.load(folder / "arrays.npz")["x"], [0, 1, 2])


def test_a_probe_that_failed_says_why_and_looks_again(setup: Setup, probe: Counting) -> None:
    probe.error = ValueError("too\n  few")
    told = observe(setup, TRAINED)
    assert told.startswith("Traceback")
    assert not found(setup, "counted", TRAINED)
    (row,) = read_json(setup.run.finding("counted", TRAINED) / "rows.json")
    assert (row["value"], row["reason"]) == (None, "the probe failed: ValueError: too few")
    probe.error = None
    assert observe(setup, TRAINED) == ""
    assert found(setup, "counted", TRAINED)


def test_what_does_not_exist_is_a_finding(setup: Setup, probe: Counting) -> None:
    probe.error = NotAvailableError("no such view")
    assert observe(setup, TRAINED) == ""
    assert found(setup, "counted", TRAINED)
    (row,) = read_json(setup.run.finding("counted", TRAINED) / "rows.json")
    assert row["reason"] == "no such view"


def test_the_first_of_several_faults_is_told(setup: Setup, probe: Counting, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [Counting(name="sound"), Counting(name="broken", error=RuntimeError("second")), probe]
    probe.error = RuntimeError("third")
    for one in others:
        monkeypatch.setitem(PROBES._items, one.name, one)
    assert "second" in observe(replace(setup, probes={one.name: "cells" for one in others}), TRAINED)
    assert [len(one.looks) for one in others] == [1, 1, 1]


@pytest.mark.parametrize("error", [ResourceError("full"), MemoryError(), OSError(28, "No space left on device")])
def test_when_the_machine_gives_out_nothing_is_written(error: Exception, setup: Setup, probe: Counting) -> None:
    probe.error = error
    with pytest.raises(type(error)):
        observe(setup, TRAINED)
    assert not setup.run.finding("counted", TRAINED).exists()


def test_another_fault_of_the_system_is_the_probes_own(setup: Setup, probe: Counting) -> None:
    probe.error = OSError(2, "No such file")
    assert "No such file" in observe(setup, TRAINED)


@pytest.fixture
def whole(setup: Setup, probe: Counting) -> Setup:
    """The same probe looks at the whole run."""
    probe.scope = "run"
    setup.run.path.mkdir(parents=True)
    return replace(setup, probes={"counted": "run"})


def test_a_run_probe_opens_the_cells_that_it_asks_for(whole: Setup, probe: Counting) -> None:
    shown: list[Cell] = []
    assert observe_run(whole, "counted", CELLS, shown.append) == ""
    (evidence,) = probe.looks
    assert isinstance(evidence, Mapping)
    assert (list(evidence), len(evidence), shown) == ([LOOK, TRAINED], 2, [])
    assert evidence[TRAINED] == TRAINED
    assert shown == [TRAINED]
    (row,) = read_json(whole.run.of_run("counted") / "rows.json")
    assert row["cell"]["seed"] == 1


def test_a_run_probe_has_looked_at_just_these_cells_and_arms(whole: Setup, probe: Counting) -> None:
    assert not found_in_run(whole, "counted", CELLS)
    observe_run(whole, "counted", CELLS, lambda _: None)
    assert len(probe.looks) == 1
    assert found_in_run(whole, "counted", CELLS)
    assert not found_in_run(whole, "counted", CELLS[:1])
    assert not found_in_run(whole, "counted", (*CELLS, replace(TRAINED, seed=2)))
    assert not found_in_run(with_arms(whole, "scratch", "transfer"), "counted", CELLS)
    taps = replace(whole, spec=whole.spec.model_copy(update={"taps": "all"}))
    assert not found_in_run(taps, "counted", CELLS)


def test_a_run_probe_that_failed_leaves_its_traceback_until_it_succeeds(whole: Setup, probe: Counting) -> None:
    probe.error = RuntimeError("broken")
    assert "broken" in observe_run(whole, "counted", CELLS, lambda _: None)
    assert whole.run.run_error("counted").read_text().startswith("Traceback")
    assert not found_in_run(whole, "counted", CELLS)
    (row,) = read_json(whole.run.of_run("counted") / "rows.json")
    assert row["cell"]["shift"] == IDENTITY
    probe.error = None
    assert observe_run(whole, "counted", CELLS, lambda _: None) == ""
    assert not whole.run.run_error("counted").exists()


def test_a_run_probe_is_given_an_arm_as_it_ended_and_where_it_has_one_its_best(
    setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    def made(_setup: Setup, _cell: Cell, arm: str, _source: object) -> SimpleNamespace:
        return SimpleNamespace(model=nn.Identity(), best=nn.Identity() if arm == "scratch" else None, failed="")

    monkeypatch.setattr("shiftprobe.engine.cell.make_arm", made)
    monkeypatch.setattr(run_probes, "_checkpoint", lambda _: {"source": nn.Identity()})
    evidence = run_probes._evidence(with_arms(setup, "scratch", "transfer"), TRAINED)
    for name in ("scratch", "scratch@best", "transfer"):  # what is lacking of them is the images
        with pytest.raises(NotAvailableError, match="there are no images 'none'"):
            evidence.view(name, "none")
    with pytest.raises(NotAvailableError, match="so no epoch is the best"):
        evidence.view("transfer@best", "none")


@pytest.mark.parametrize(("asked", "seen"), [(None, {}), ({}, None), ({}, ["scratch"]), ({"scratch": "1"}, {})])
def test_a_finding_that_does_not_say_which_arms_it_saw_is_made_again(asked: object, seen: object) -> None:
    assert not run_probes._within(asked, seen)
    assert run_probes._within({"scratch": "1"}, {"scratch": "1", "transfer": "2"})
