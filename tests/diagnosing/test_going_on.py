"""What is asked once a fault is mended: from the state that repairs left."""

from dataclasses import dataclass, field

import pytest
from tests.diagnosing.imagined import Pretended, case

from shiftprobe.diagnosing.case import RunCase
from shiftprobe.diagnosing.climb import Climber
from shiftprobe.diagnosing.going_on import NAME, go_on
from shiftprobe.diagnosing.rungs import schedule
from shiftprobe.diagnosing.wallet import Wallet
from shiftprobe.results.diagnosis import Experiment, NotLooked

FAULTY = {"transfer": 0.4, "scratch": 0.5}
HEALTHY = {"transfer": 0.9, "scratch": 0.6}
LACKING = {"transfer": 0.6, "scratch": 0.6, "transfer~lr0.1": 0.9, "transfer~lr10": 0.4, "transfer~steps3": 0.6}


@dataclass(slots=True)
class Climbs:
    """Climbs the schedule, and remembers for whom."""

    train: Pretended
    wallet: Wallet
    seen: list[RunCase] = field(default_factory=list)

    def __call__(self, now: RunCase) -> Climber:
        self.seen.append(now)
        found = Climber(case=now, train=self.train, wallet=self.wallet)
        found.stage(schedule(now, 0.9))
        found.finish()
        return found


def gone_on(
    arms: dict[str, float], trainings: float | None = None, lack: float = 0.0
) -> tuple[list[Experiment], list[NotLooked], Climbs]:
    train, wallet = Pretended(arms=arms), Wallet(trainings=trainings)
    climb = Climbs(train, wallet)
    path, left = go_on(case(FAULTY), lack, fault="preprocessing", train=train, wallet=wallet, climb=climb)
    return path, left, climb


def test_where_nothing_remains_one_seed_of_the_pair_says_so() -> None:
    path, left, climb = gone_on(HEALTHY)

    (told,) = path
    assert (told.name, told.cause, told.at, told.outcome, told.units) == (NAME, "preprocessing", "gain", "unclear", 2.0)
    assert told.before == pytest.approx(-0.1, abs=0.02)
    assert told.after == pytest.approx(0.3, abs=0.02)
    assert (left, climb.seen, climb.wallet.screened) == ([], [], 2.0)


def test_what_remains_is_diagnosed_from_there_with_the_arms_of_the_repaired_state() -> None:
    rates = {**LACKING, "scratch~lr0.1": 0.5, "scratch~lr10": 0.5, "scratch~steps3": 0.6}
    path, _, climb = gone_on({**rates, "transfer~lr0.01": 0.4})

    (now,) = climb.seen
    assert {arm: sorted(seeds) for arm, seeds in now.right.items()} == {"transfer": [0, 1, 2], "scratch": [0, 1, 2]}
    assert now.accuracy("transfer") == pytest.approx(0.6, abs=0.02)
    assert (path[0].name, path[0].units) == (NAME, 6.0)
    told = next(one for one in path if one.name == "transfer~lr0.1")
    assert (told.cause, told.outcome) == ("erased", "cause")
    assert told.title == "transfer with a tenth of the rate, from the repaired state"


def test_a_checkpoint_that_still_lacks_much_is_asked_about_though_transfer_leads() -> None:
    changed = {f"{arm}~{change}": 0.6 for arm in ("transfer", "scratch") for change in ("lr0.1", "lr10", "steps3")}

    assert gone_on({**HEALTHY, **changed}, lack=0.2)[2].seen
    assert not gone_on({**HEALTHY, **changed}, lack=0.05)[2].seen


def test_a_budget_that_does_not_hold_the_pair_leaves_it_with_its_price() -> None:
    path, left, climb = gone_on(HEALTHY, trainings=2.5)

    assert (path, climb.seen) == ([], [])
    assert [(one.name, one.units, one.why) for one in left] == [(NAME, 2.0, "beyond the budget of 2.5 trainings")]


def test_a_training_that_fails_is_told() -> None:
    path, left, _ = gone_on({"scratch": 0.5})

    assert path == []
    assert "failed" in left[0].why
