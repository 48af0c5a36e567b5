"""A spec of several checkpoints is one spec for each, as somebody would write it who has that one alone."""

from pathlib import Path

import pytest
import yaml

from shiftprobe.core.digest import digest
from shiftprobe.core.errors import SpecError
from shiftprobe.spec.checkpoints import alone, check_one, of_each, with_checkpoints
from shiftprobe.spec.loading import load_spec

LEAST = {"target": {"data": "digits:uci"}}
TWO = ["a.pt", "b.pt"]


def test_each_is_the_spec_of_that_checkpoint_alone() -> None:
    several = load_spec({**LEAST, "model": {"checkpoints": TWO, "head": "source"}})
    single = [load_spec({**LEAST, "model": {"weights": name, "head": "source"}}) for name in TWO]
    assert [digest(one.resolved()) for one in of_each(several)] == [digest(one.resolved()) for one in single]
    assert of_each(single[0]) == (single[0],)


def test_several_in_the_argument_go_before_those_of_the_spec_and_tell_their_architectures() -> None:
    own = load_spec({**LEAST, "model": {"weights": "c.pt", "reader": "opencv"}}).model_copy(update={"base": Path("x")})
    found = with_checkpoints(own, ("a.pt", "b.pt"))
    assert (found.model.checkpoints, found.model.arch, found.model.reader) == (("a.pt", "b.pt"), "auto", "opencv")
    assert found.base == Path("x")
    said = load_spec({**LEAST, "model": {"arch": "small_cnn"}})
    assert with_checkpoints(said, ("a.pt", "b.pt")).model.arch == "small_cnn"
    with pytest.raises(SpecError, match="wanted 2 to 12 checkpoints"):
        with_checkpoints(own, ())


def test_flags_of_one_alone_make_the_same_spec_again(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    for model in ({}, {"checkpoints": TWO}, {"checkpoints": ["x.pt", "y.pt"]}):
        file.write_text(yaml.safe_dump({**LEAST, "model": model}))
        given = {"model.checkpoints": TWO, "model.weights": "train", "seeds": 2}
        flags = {} if model == {"checkpoints": TWO} else given
        for one in of_each(load_spec(file, flags)):
            again = load_spec(file, alone(flags, one.model.weights, str(file)))
            assert again.resolved() == one.resolved()
    file.write_text(yaml.safe_dump({**LEAST, "model": {"weights": "c.pt"}}))
    assert alone({"seeds": 2}, "c.pt", str(file)) == {"seeds": 2}


def test_where_one_run_is_made_several_are_refused_with_what_makes_them() -> None:
    with pytest.raises(SpecError, match=r"got 2.*sweep_checkpoints"):
        check_one(load_spec({**LEAST, "model": {"checkpoints": TWO}}))
    check_one(load_spec(LEAST))
