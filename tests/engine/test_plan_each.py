"""One plan per checkpoint: weights before pictures, pictures once, and no checkpoint under two names."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tests.specs import DIGITS

from shiftprobe import data
from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.engine.plan import Given
from shiftprobe.engine.plan_each import name_of, plan_each
from shiftprobe.models.build import build
from shiftprobe.spec.checkpoints import of_each
from shiftprobe.spec.loading import load_spec
from shiftprobe.spec.schema import Spec

PX = 8


def saved(folder: Path, name: str, seed: int, px: int = PX) -> str:
    torch.save(build("small_cnn", classes=10, channels=1, size=px, seed=seed).state_dict(), folder / name)
    return str(folder / name)


def specs(*checkpoints: str, **more: Any) -> tuple[Spec, ...]:
    keys = {"source": {"classes": list("0123456789")}, "model": {"checkpoints": list(checkpoints)}}
    return of_each(load_spec({**DIGITS, **keys, **more}))


def test_data_are_read_once_and_every_run_has_its_own_command_and_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    known = data.load_given

    def counting(name: str, *given: Any, **how: Any) -> Any:
        read.append(name)
        return known(name, *given, **how)

    monkeypatch.setattr(data, "load_given", counting)
    names = [saved(tmp_path, f"{i}.pt", i) for i in range(2)]
    plans = plan_each(specs(*names), Given(out=tmp_path / "runs"), ["first", "second"])
    assert read == ["digits:uci"]
    assert [name_of(one) for one in plans] == names
    assert [one.facts.command for one in plans] == ["first", "second"]
    assert len({one.setup.run.path for one in plans}) == 2


def test_one_that_cannot_be_read_is_met_before_any_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "load_given", lambda *_, **__: pytest.fail("data were read"))
    (tmp_path / "bad.pt").write_bytes(b"no weights")
    with pytest.raises(CheckpointError, match=r"bad\.pt: neither"):
        plan_each(specs(saved(tmp_path, "good.pt", 0), str(tmp_path / "bad.pt")), Given(out=tmp_path / "runs"))


def test_the_same_weights_under_two_names_are_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "load_given", lambda *_, **__: pytest.fail("data were read"))
    same = specs(saved(tmp_path, "one.pt", 0), saved(tmp_path, "two.pt", 0))
    with pytest.raises(SpecError, match=r"the same weights in \S+one\.pt and \S+two\.pt"):
        plan_each(same, Given(out=tmp_path / "runs"))
