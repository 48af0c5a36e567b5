"""A short spec may ask for years: it is counted, not built."""

import pytest

from shiftprobe.core.errors import SpecError
from shiftprobe.engine.check_spec import check_spec
from shiftprobe.spec.extent import MAX_LOOKS, check_extent, check_plain
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.schema import Spec, arm_cells, checkpoint_cells


def asked(**keys: object) -> Spec:
    return load_spec({"target": {"data": "digits:uci", "budgets": keys.pop("budgets", [40])}, **keys})


def test_the_count_is_that_of_the_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = asked(shifts=["a", "b"], severities=[0, 0.5, 1], seeds=4, arms=["x"], probes=["p"], budgets=[20, 40])
    cells = len(checkpoint_cells(spec)) + len(arm_cells(spec))
    assert cells == (1 + 2 * 2) * (1 + 2 * 4)
    monkeypatch.setattr("shiftprobe.spec.extent.MAX_LOOKS", 2 * cells)
    check_extent(spec)
    monkeypatch.setattr("shiftprobe.spec.extent.MAX_LOOKS", 2 * cells - 1)
    with pytest.raises(SpecError, match="got 45 cells x 2 arms and probes"):
        check_extent(spec)


def test_many_arms_in_many_cells_are_refused_at_once() -> None:
    spec = asked(seeds=10_000, budgets=list(range(10, 19)), arms=[f"a{i}" for i in range(23)], probes=["p"])
    with pytest.raises(SpecError, match=r"wanted at most 2,000,000 looks, got 90,001 cells x 24 arms"):
        check_spec(spec, allow_code=False)
    assert MAX_LOOKS == 2_000_000


@pytest.mark.parametrize("name", ["", "..", "a/../b", "/a", "a\x1b", "a\0", "a\u202e", "a\n", "x" * 1001])
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(SpecError, match="arms: wanted a name"):
        check_plain([name], "arms")
    check_plain(["blur+noise", "a..b", "naïve", ".x"], "arms")
