"""Cells in the order that settles the headline, as many as fit into a time."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.tiny import tiny_plan

from shiftprobe.core.types import Cell
from shiftprobe.engine import disk, within
from shiftprobe.engine.plan import Plan
from shiftprobe.engine.within import Allowed, in_order, in_rounds


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two conditions, two budgets and two seeds, named so that no order of numbers is the right one."""
    return tiny_plan(tmp_path_factory.mktemp("runs"), seeds=[7, 2], target__budgets=[20, 40])


def test_the_checkpoint_comes_first_then_whole_seeds_at_the_largest_budget(ready: Plan) -> None:
    rounds = in_rounds(ready.setup, reversed(ready.cells))
    assert [{(cell.budget, cell.seed) for cell in one} for one in rounds] == [
        {(None, None)}, {(40, 7)}, {(40, 2)}, {(20, 7)}, {(20, 2)},
    ]  # fmt: skip
    assert sorted(cell.key for one in rounds for cell in one) == sorted(cell.key for cell in ready.cells)


def test_parts_keep_that_order_whether_all_images_find_room_or_not(
    ready: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [cell for one in in_rounds(ready.setup, ready.cells) for cell in one]
    together = in_order(ready.setup, ready.cells, together=True)
    assert [cell for part in together for cell in part] == whole
    assert [{cell.budget for cell in part} for part in together] == [{None, 40}, {20}]
    monkeypatch.setattr(disk, "MAX_SET_BYTES", 1)
    apart = in_order(ready.setup, ready.cells, together=False)
    assert [cell for part in apart for cell in part] == whole
    assert all(len({cell.condition for cell in part}) == 1 for part in apart)


def test_what_is_done_already_moves_no_order(ready: Plan) -> None:
    whole = [cell for one in in_rounds(ready.setup, ready.cells) for cell in one]
    for done in range(len(whole)):
        assert [cell for one in in_rounds(ready.setup, whole[done:]) for cell in one] == whole[done:]


Limit = Callable[[float], tuple[Allowed, list[float]]]


@pytest.fixture
def limited(ready: Plan, monkeypatch: pytest.MonkeyPatch) -> Limit:
    """A time limit with a clock that the test moves; every cell is estimated at 10 s, nothing else costs anything."""
    clock = [0.0]
    monkeypatch.setattr(within, "monotonic", lambda: clock[0])
    monkeypatch.setattr(within, "seconds_of_cell", lambda *_: 10.0)
    monkeypatch.setattr(within, "seconds_of_run", lambda *_: 0.0)
    return lambda seconds: (Allowed(ready.setup, ready.cells[:1], seconds, (0.0, 0.0)), clock)


def done(waves: Iterator[Sequence[Cell]], clock: list[float], each: float) -> int:
    count = 0
    for wave in waves:
        clock[0] += each
        count += len(wave)
    return count


@pytest.mark.parametrize(
    ("each", "width", "count"),
    [
        (10.0, 1, 4),  # as estimated: 40 of 45 s
        (20.0, 1, 2),  # twice as slow: after 40 s the next would end at 60 s
        (5.0, 1, 9),  # twice as fast; the first is judged by the estimate alone
        (10.0, 2, 8),  # two at a time
    ],
)
def test_cells_are_begun_while_they_fit_at_the_pace_so_far(
    ready: Plan, limited: Limit, each: float, width: int, count: int
) -> None:
    allowed, clock = limited(45.0)
    assert done(allowed.waves(ready.cells, width), clock, each) == count


def test_a_cell_that_would_end_too_late_is_not_begun(ready: Plan, limited: Limit) -> None:
    assert limited(9.9)[0].fits(ready.cells[:1]) is False
    assert limited(10.0)[0].fits(ready.cells[:1]) is True


def test_probes_of_the_whole_run_are_reckoned_with(
    ready: Plan, limited: Limit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(within, "seconds_of_run", lambda *_: 6.0)
    assert limited(15.0)[0].fits(ready.cells[:1]) is False
    assert limited(16.0)[0].fits(ready.cells[:1]) is True


def test_a_run_that_holds_nothing_gets_its_first_cells(ready: Plan, limited: Limit) -> None:
    limited(1.0)
    assert Allowed(ready.setup, [], 1.0, (0.0, 0.0)).fits(ready.cells[:1]) is True


def test_trials_of_a_tuned_run_are_reckoned_with(
    limited: Limit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tuned = tiny_plan(tmp_path, train__tune__lr=[1e-3, 1e-2])
    limited(1.0)  # the clock and the price of a cell
    monkeypatch.setattr(within, "seconds_of_trials", lambda _, units, __: 7.0 * len(units))
    trained = [cell for cell in tuned.cells if cell.seed == 0][:1]
    units = 2 * 2  # arms and seeds: one choice for all seeds
    assert Allowed(tuned.setup, tuned.cells[:1], 10 + 7 * units - 0.1, (0.0, 0.0)).fits(trained) is False
    assert Allowed(tuned.setup, tuned.cells[:1], 10 + 7 * units, (0.0, 0.0)).fits(trained) is True
