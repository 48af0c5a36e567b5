"""What stands in the outputs line by line: properties, powers, notes, and what is left out where there is nothing."""

from typing import Any

from tests.auditing.reading_xml import parsed
from tests.report.fake_audit import typed, verdicts
from tests.report.fake_checks import check

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import card, junit, pretty

POWER = "With 800 images this gate misses a 3-point loss 38 % of the time"


def without(**changes: Any) -> Verdicts:
    return typed({**verdicts(), **changes})


def properties(text: str) -> dict[str, str]:
    found = parsed(text).getElementsByTagName("property")
    return {one.getAttribute("name"): one.getAttribute("value") for one in found}


def test_junit_says_what_was_audited() -> None:
    told = properties(junit(without()))
    assert list(told) == [
        "status", "exit_code", "sentence", "command", "checkpoint", "sha256", "policy", "images_used",
        "images_skipped", "files_set_aside", "target",
    ]  # fmt: skip
    assert (told["status"], told["exit_code"], told["images_used"], told["images_skipped"]) == (
        "fail",
        "1",
        "800",
        "30",
    )
    assert told["target"] == "digits:uci"
    assert "target" not in properties(junit(without(target=None)))


def test_junit_tells_value_bound_cure_and_power_where_they_are() -> None:
    (first,) = (one for one in junit(without()).split("</failure>") if "[target]" in one)
    assert first.endswith(f"{POWER}; 1,900 images would bring it to 20 %.")
    assert "\nwanted: at least 70 %\nhow to fix: Label some target images" in first
    (last,) = (one for one in junit(without()).split("<testcase") if "[corruption_error]" in one)
    assert POWER not in last
    (passed,) = (one for one in junit(without()).split("<testcase") if "[accuracy]" in one)
    assert "wanted: at least 80 %" in passed


def test_the_terminal_wraps_a_passed_check_under_its_title() -> None:
    text = pretty(without(checks=[{**check("accuracy", "pass", 0.5), "title": "accuracy " + "x" * 50 + " y" * 20}]))
    first, second = (line for line in text.splitlines() if "xxx" in line or line.strip().startswith(("y", "0", "5")))
    assert first.startswith("✓ PASS        Accuracy")
    assert second.startswith(" " * 14)
    assert second[14] != " "


def test_the_terminal_says_why_a_check_was_not_done() -> None:
    text = pretty(without())
    assert "\n\N{EN DASH} NOT DONE    Corruption error: The policy names no reference.\n" in text
    assert "\n✓ PASS        Skipped: 0.4 % (n = 800)\n" in text


def test_what_there_is_none_of_has_no_heading() -> None:
    whole = pretty(without())
    assert "\nRepairs:\n" in whole
    assert "\nNotes:\n" in whole
    shown = {key: value for key, value in verdicts()["shown"].items() if key != "repairs"}
    bare = pretty(without(shown={**shown, "repairs": []}, notes=[]))
    assert "Repairs:" not in bare
    assert "Notes:" not in bare


def test_the_terminal_counts_files_and_images() -> None:
    assert "; 800 labelled images, 30 files skipped; 800 of the target; policy\ndefault." in pretty(without())
    images = verdicts()["images"]
    one = pretty(without(images={**images, "skipped": images["skipped"][:1]}, target=None))
    assert "800 labelled images, 1 file skipped; policy default." in one
    assert "labelled images; policy default." in pretty(without(images={**images, "skipped": []}, target=None))


def test_the_card_says_what_was_not_estimated_and_only_then() -> None:
    assert "was not estimated" not in card(without())
    estimates = {
        **verdicts()["shown"]["estimates"],
        "value": None,
        "low": None,
        "high": None,
        "answered": False,
        "reason": "too few images",
    }
    said = card(without(shown={**verdicts()["shown"], "estimates": estimates}))
    assert "- Accuracy on the target was not estimated: too few images" in said
    shown = {key: value for key, value in verdicts()["shown"].items() if key != "estimates"}
    assert "was not estimated" not in card(without(shown=shown))


def test_the_card_tells_how_far_each_shift_carries() -> None:
    lines = card(without()).splitlines()
    assert "| `gaussian_noise` | 97.0 % | 67.0 % | severity 0.75 |" in lines
    assert "- Policy: default, intervals at 95 %." in lines
    assert "- Labelled images: digits:mnist, 800 of 1,000 used, 30 files skipped." in lines
    assert "- Target: digits:uci, 800 images with labels." in lines
