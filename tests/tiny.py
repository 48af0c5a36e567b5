"""A small experiment on real digits, for tests that need a plan or a setup but no run."""

from pathlib import Path
from typing import Any

import pytest
from tests.specs import DIGITS

from shiftprobe.core.monitor import Silent
from shiftprobe.core.registry import Registry, T
from shiftprobe.engine.perform import write_sets
from shiftprobe.engine.plan import Given, Plan, plan
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.schema import Spec


def tiny_spec(**overrides: Any) -> Spec:
    """The spec with dotted keys set; `__` stands for the dot."""
    return load_spec(DIGITS, {key.replace("__", "."): value for key, value in overrides.items()})


def tiny_plan(out: Path, **overrides: Any) -> Plan:
    """One half of the UCI digits is the source, the other the target."""
    return plan(tiny_spec(**overrides), Given(out=out))


def write_images(ready: Plan) -> None:
    """The shifted sets of every cell, as a run begins."""
    write_sets(ready, ready.cells, Silent())


def register(monkeypatch: pytest.MonkeyPatch, registry: Registry[T], item: T) -> None:
    """Put something into a registry for the length of a test, in place of what goes by its name."""
    monkeypatch.setitem(registry._items, item.name, item)
    monkeypatch.setitem(registry._homes, item.name, __name__)
