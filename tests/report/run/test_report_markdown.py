"""The summary for a pull request: what it says, and that nothing foreign becomes markup in it."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from tests.report.fake_inside import add_inside
from tests.report.fake_run import Fake, Make
from tests.results.made_diagnoses import STRONG

from shiftprobe.core.markdown import code, link, prose, table
from shiftprobe.report.kit.reading import read
from shiftprobe.report.run import markdown

HOSTILE = (
    "<script>alert(1)</script>", "[here](http://bad.example)", "**bold** _it_ `code` ~~gone~~", "a | b || c",
    "@everyone see #12 and www.bad.example", "# no heading", "- no list", "1. no list", "``` fence", "=====", "$x$",
    "![p](x.png)", "<!-- hidden", "&lt;b&gt;", "back\\slash", "line\nbreak", "\u202eback", "=cmd()",
)  # fmt: skip
OURS = {"h3", "p", "strong", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "a", "code", "blockquote"}


def rendered(text: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text))


def tags(html: str) -> set[str]:
    return set(re.findall(r"</?([a-z0-9]+)", re.sub(r"<!--.*?-->", "", html)))


def plain(html: str) -> str:
    text = re.sub(r"<!--.*?-->|</?[a-z0-9][^>]*>", "", html).strip()
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, char)
    return text


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("before", ["", "- ", "> ", "so "])
def test_a_sentence_reads_as_it_was_written_and_is_nothing_else(text: str, before: str) -> None:
    html = rendered(f"{before}{prose(text)}")
    assert tags(html) <= {"p", "ul", "li", "blockquote"}
    shown = text.replace("\n", "\\n").replace("\u202e", "\\u202e")
    assert plain(html) == f"{before.strip(' ->')} {shown}".strip()


@pytest.mark.parametrize("text", HOSTILE)
def test_a_name_stays_one_cell_of_its_table(text: str) -> None:
    html = rendered("\n".join(table((code(text), "n"), [(code(text), "1")])))
    assert (html.count("<th"), html.count("<td")) == (3, 2)  # thead, th, th
    assert tags(html) == {"table", "thead", "tbody", "tr", "th", "td", "code"}


def test_nobody_is_called_and_no_issue_is_linked() -> None:
    said = prose("@everyone see #12, www.bad.example, http://bad.example")
    assert not re.search(r"@\w|#\d|www\.|://", said)


def test_a_sweep_has_its_verdict_every_dose_and_why(make_run: Make) -> None:
    text = markdown.text(read(make_run(changes=add_inside)), ["[report.html](report.html)"])
    lines = text.splitlines()
    assert lines[0] == "### \u25b2 better: digits (run ab12cd34)"
    assert lines[2] == "**Transfer is better than scratch by 3.5 points.**"
    rows = [line for line in lines if line.startswith(("| `gauss", "| unsh"))]
    assert len(rows) == 9
    assert rows[0] == (
        "| unshifted | 98.0 (\N{EN DASH}) | 93.0 (1.0) | 97.0 (1.0) | +4.0 | +1.0 to +7.0 | \u25b2 better |"
    )
    assert "**Why?** The features are &lt;i&gt;reused&lt;/i&gt;. (strong)" in text
    assert "- Would refute it: \\--arms mean\\_var: if it does as well" in text
    assert "> **Warning.** Not converged: scratch in 3 of 3 trainings." in text
    assert lines[-1] == "[report.html](report.html)"
    assert "data:" not in text


def test_a_comparison_has_table_1_and_budgets_a_line_each(make_run: Make, tmp_path: Path) -> None:
    from tests.report.fake_run import write_run

    text = markdown.text(read(make_run(Fake(shifts=(), severities=(0.0,)))))
    assert "| `transfer` | 97.0 (1.0) | 95.5 to 98.2 | 3 | 1,000 |" in text
    assert "margin \N{PLUS-MINUS SIGN}1." in text
    several = Fake(shifts=(), severities=(0.0,), budgets=(50, 1300))
    text = markdown.text(read(write_run(tmp_path / "several", several)))
    assert "| labels | `zero_shot` |" in text
    assert "| 1,300 | 98.0" in text


def test_what_is_missing_is_na_and_uncorrected_is_said(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        gone = next(one for one in summary["contrasts"] if one["severity"] == 0.5)
        gone.update(difference=None, reason="scratch diverged")

    text = markdown.text(read(make_run(changes=changes)))
    assert "| n/a | \N{EN DASH} | scratch diverged |" in text
    assert "\u25b3 better (uncorrected)" in text
    assert "None" not in text
    assert "nan" not in text


def test_hostile_names_of_a_large_run_stay_text_in_a_small_file(make_run: Make) -> None:
    fake = Fake(shifts=tuple(f"{i} {name}" for i in range(6) for name in HOSTILE), compared=False)

    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["verdict"]["sentence"] = HOSTILE[0] * 200
        summary["name"] = summary["digest"] = "".join(HOSTILE)
        summary["failed"] = [{"cell": name, "error": name * 50} for name in HOSTILE]

    text = markdown.text(read(make_run(fake, changes)))
    assert len(text) < 65_536
    html = rendered(text)
    assert tags(html) <= OURS
    assert html.count("<tr>") == 1 + markdown.MAX_ROWS
    assert f"{1 + 4 * len(fake.shifts) - markdown.MAX_ROWS} more conditions stand in the report." in text
    assert "18 failed cells" in text


def test_the_file_has_the_same_bytes_and_links_that_lead_to_the_run(make_run: Make, tmp_path: Path) -> None:
    run, file = make_run(), tmp_path / "a b" / "summary.md"
    markdown.write(run, file)
    first = file.read_bytes()
    markdown.write(run, file)
    assert file.read_bytes() == first
    assert first.decode().endswith(
        "[report.html](../run/report.html) \N{MIDDLE DOT} [results.csv](../run/results.csv)\n"
    )
    assert link("x", tmp_path / "a b" / "(x).html", tmp_path) == "[x](a%20b/%28x%29.html)"


def test_next_steps_stand_below_the_verdict(make_run: Make) -> None:
    def changes(summary: dict[str, Any], rows: list[Any]) -> None:  # noqa: ARG001 - the seam's shape
        summary["next"] = [{"name": "a", "text": "Try <i>it</i> at -3.0 points."}, {"name": "b", "text": "Then stop."}]

    text = markdown.text(read(make_run(changes=changes)))
    said = "**What next?** Try &lt;i&gt;it&lt;/i&gt; at \N{MINUS SIGN}3.0 points. Then stop."
    assert said in text
    assert text.index("In 5 of 9 conditions") < text.index("What next?")


def test_a_diagnosis_stands_before_readings_that_are_called_so(make_run: Make) -> None:
    run = read(make_run())
    assert "Diagnosis" not in markdown.text(run)
    said = markdown.text(replace(run, diagnosis=STRONG))
    assert "**Diagnosis.** The target moves the batch statistics" in said
    assert "+37.4 points beyond its sham (95 % +34.1 to +40.6, n = 1,000 images)" in said
    assert "- What to do: Re-estimate" in said
    assert "- Not looked at: twice the width: 6 units" in said
    assert "**Why?**" not in said
