"""The two files that CONTRIBUTING tells a newcomer to write keep the promises that it names."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from shiftprobe.probes import PROBES
from shiftprobe.shifts import SHIFTS
from shiftprobe.testing import check_probe, check_shift, toy_evidence

TEXT = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text()
SHIFT, PROBE = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def as_module(request: pytest.FixtureRequest) -> Iterator[ModuleType]:
    """The example as an imported module; its entry leaves the registry with the test."""
    before: list[tuple[Any, dict[str, Any]]] = [(kind, dict(kind._items)) for kind in (SHIFTS, PROBES)]
    module = ModuleType("example")
    sys.modules["example"] = module
    exec(request.param, module.__dict__)  # noqa: S102 - our own documentation
    yield module
    del sys.modules["example"]
    for kind, items in before:
        kind._items = items


@pytest.mark.parametrize("as_module", [SHIFT], indirect=True, ids=["shift"])
@pytest.mark.usefixtures("as_module")
def test_the_shift_of_the_example() -> None:
    check_shift(SHIFTS["vignette"])


@pytest.mark.parametrize("as_module", [PROBE], indirect=True, ids=["probe"])
@pytest.mark.usefixtures("as_module")
def test_the_probe_of_the_example() -> None:
    check_probe(PROBES["confidence"], toy_evidence(scope="arms"))
