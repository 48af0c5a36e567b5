from pathlib import Path

from shiftprobe import data
from shiftprobe.engine.facts import counts


def test_counts_are_those_of_the_split() -> None:
    from shiftprobe.data.split import split

    bundle = data.load("digits:uci", Path())
    parts = split(bundle, bundle, test=0.4, seed=0)
    about = counts(bundle, bundle, parts)
    assert isinstance(about["source"], dict)
    assert isinstance(about["target"], dict)
    assert (about["source"]["train"], about["source"]["test"]) == (len(parts.source_train), len(parts.source_test))
    assert about["target"]["refused"] == parts.refused > 0
    assert (about["target"]["pool"], about["target"]["test"]) == (len(parts.target_train), len(parts.target_test))
    assert counts(None, bundle, parts)["source"] is None
