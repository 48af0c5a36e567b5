"""Files that are no pictures stand apart in every output of an audit, and in no count of skipped pictures."""

from pathlib import Path

from tests.report.audit.pages import made, text_of
from tests.report.fake_audit import typed, verdicts

from shiftprobe.auditing.outputs import card, junit, pretty

ASIDE = [{"path": f"notes/{i}.json", "reason": "no picture, by its name and content"} for i in range(100)]
SKIPPED = [{"path": "a.png", "reason": "empty file (0 bytes)"}]


def test_every_output_lists_them_apart(tmp_path: Path) -> None:
    found = verdicts()
    found["images"] = {"used": 800, "available": 800, "skipped": SKIPPED, "set_aside": 120, "set_aside_first": ASIDE}
    found["target"] |= {"skipped": [], "set_aside": 1, "set_aside_first": ASIDE[:1]}
    told = " ".join(pretty(typed(found)).split())
    assert "800 labelled images, 1 file skipped, 120 files set aside as no picture" in told
    assert "of the target, 1 file set aside as no picture" in told
    assert "1 files skipped, 120 files set aside as no pictures." in card(typed(found))
    assert '<property name="files_set_aside" value="120"' in junit(typed(found))
    page = made(tmp_path, data=found)
    text = " ".join(text_of(page).split())
    assert "1 skipped file of the labelled images" in text
    assert "120 files of the labelled images set aside as no pictures" in text
    assert "1 file of the target set aside as no picture" in text
    assert page.count("notes/99.json") == 1
    assert "The first 100 are named." in text


def test_where_there_are_none_nothing_is_said(tmp_path: Path) -> None:
    found = verdicts()
    for output in (pretty(typed(found)), card(typed(found)), text_of(made(tmp_path, data=found))):
        assert "set aside" not in output
