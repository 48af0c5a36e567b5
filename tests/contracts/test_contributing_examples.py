"""The two files that CONTRIBUTING tells a newcomer to write keep the promises that it names."""

import re
import subprocess
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


def test_the_shift_of_the_example_works_unchanged_beside_a_spec(tmp_path: Path) -> None:
    """In a process of its own: what a plugin registers stays for the life of one."""
    (tmp_path / "vignette.py").write_text(SHIFT)
    check = "import vignette; from shiftprobe.shifts import SHIFTS; from shiftprobe.testing import check_shift\n"
    check += "check_shift(SHIFTS['vignette'])"
    assert check in TEXT
    subprocess.run([sys.executable, "-c", check], cwd=tmp_path, check=True, timeout=120)
    (tmp_path / "my.yaml").write_text(
        "target: {data: 'digits:uci', budgets: [40]}\nsource: {data: 'digits:mnist'}\nplugins: [vignette.py]\n"
        "shifts: [vignette, vignette+gaussian_noise]\n"
    )
    command = [sys.executable, "-m", "shiftprobe", "sweep", "my.yaml", "--allow-code", "--dry-run"]
    done = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True, timeout=120)
    assert "todo  vignette+gaussian_noise~1.0" in done.stdout
