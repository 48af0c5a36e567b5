"""The same pictures by another name: one audit, and the terminal says whose it was."""

from dataclasses import replace
from pathlib import Path

from tests.auditing.made_up import ready, side
from tests.report.fake_audit import typed, verdicts

from shiftprobe.auditing.earlier import done_before
from shiftprobe.auditing.verdicts_file import to_bytes


def test_an_earlier_audit_of_the_same_content_is_named_where_its_names_differ(tmp_path: Path) -> None:
    now = ready(side(20, name="parquet:photos.parquet"), tmp_path)
    assert done_before(now) == ""  # nothing lies there
    whole = {**verdicts(), "target": None}
    whole["data"] = {**whole["data"], "name": "folder:photos"}
    (tmp_path / "verdicts.json").write_bytes(to_bytes(typed(whole)))
    assert done_before(now) == "folder:photos"
    assert done_before(replace(now, data=side(20, name="folder:photos"))) == ""
    with_target = replace(now, target=side(10, name="camera"))
    assert done_before(with_target) == "folder:photos"
    named = replace(now, request=replace(now.request, out=tmp_path))
    assert done_before(named) == ""  # whoever names a place means it


def test_a_damaged_one_is_written_anew_without_a_word(tmp_path: Path) -> None:
    (tmp_path / "verdicts.json").write_text("{")
    assert done_before(ready(side(20), tmp_path)) == ""
