"""An audit page of odd folders: hostile names, links, numbers without end, many files."""

import base64
import gzip
import json
import re
from pathlib import Path

import pytest
from tests.report.audit.pages import ALL, made, sections, walked
from tests.report.fake_audit import picture, verdicts, write_folder
from tests.report.fake_checks import Plain
from tests.report.hostile_audit import HOSTILE, hostile

from shiftprobe.auditing.outputs import junit
from shiftprobe.auditing.verdicts_file import read
from shiftprobe.core.errors import RunError
from shiftprobe.core.escape import escape
from shiftprobe.report.audit.page import write_audit


def test_skipped_files_are_all_there_and_folded_after_twenty(page: str) -> None:
    data = page[page.index('<section id="data"') : page.index('<section id="checkpoint"')]
    assert data.count("0 bytes") == 30
    assert "The other 10</summary>" in data
    assert data[: data.index("The other 10")].count("0 bytes") == 20


def test_thirty_thousand_skipped_files_keep_the_page_light(tmp_path: Path) -> None:
    many = [{"path": f"some/folder/of/images/{i}.png", "reason": "cannot be decoded"} for i in range(30_000)]
    found = made(tmp_path, lambda one: one["images"].update(skipped=many))
    assert len(found) < 3_000_000
    assert "25,000 more stand in" in found


def test_the_files_come_out_of_the_page_as_they_are(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a")
    found = write_audit(folder).read_text("utf-8")
    packed = dict(re.findall(r'data-download="([\w.]+)" data-packed="([^"]+)"', found))
    opened = {name: gzip.decompress(base64.b64decode(text)) for name, text in packed.items()}
    assert opened["verdicts.json"] == (folder / "verdicts.json").read_bytes()
    assert opened["junit.xml"].decode() == junit(read((folder / "verdicts.json").read_bytes(), folder))


def test_hostile_names_are_text(tmp_path: Path) -> None:
    found = made(tmp_path, data=hostile())
    assert tuple(sections(found)) == ALL
    assert not re.search("[\u202e\u200d\x1b\x00]", found)
    elements = walked(found)
    assert {name for name, _ in elements} <= {name for name, _ in walked(made(tmp_path / "tame"))}
    for name, attributes in elements:
        assert attributes.get("src", "data:").startswith("data:")
        assert attributes.get("href", "#").startswith(("#", "data:image/")), name
        assert not any(one.startswith("on") or one == "style" for one in attributes)
    assert [name for name, _ in elements].count("script") == 1
    for text in HOSTILE[:3]:
        escaped = escape(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        assert escaped.replace('"', "&#34;").replace("'", "&#39;") in found
    assert "Content-Security-Policy" in found[:200]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"schema": "other"}',
        '{"schema": "shiftprobe-verdicts", "version": 2}',
        '{"schema": NaN}',
        "[" * 100_000,
    ],
)
def test_what_is_no_audit_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "verdicts.json").write_text(text)
    with pytest.raises(RunError, match="run the audit again") as met:
        write_audit(tmp_path)
    assert "\n" not in str(met.value)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("name", ["../../secret.webp", "/etc/passwd", "..", "gone.webp", "a/b.webp", "x\x00.webp"])
def test_a_picture_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    folder = write_folder(tmp_path / "a")
    (tmp_path / "secret.webp").write_bytes(picture(0))
    data = verdicts()
    data["shown"]["samples"] = {"jpeg~0.5": [name]}
    (folder / "verdicts.json").write_text(json.dumps(data))
    reason = "wanted a file" if name == "gone.webp" else "wanted names of pictures in this folder"
    with pytest.raises(RunError, match=reason):
        write_audit(folder)


def test_a_link_or_something_else_named_as_a_picture_is_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "a")
    named = folder / "samples" / "w0.webp"
    other = tmp_path / "other.webp"
    other.write_bytes(named.read_bytes())
    named.unlink()
    named.symlink_to(other)
    with pytest.raises(RunError, match=r"w0\.webp"):
        write_audit(folder)
    named.unlink()
    named.write_bytes(b"<svg onload=alert(1)>")
    with pytest.raises(RunError, match="wanted a small picture"):
        write_audit(folder)


def test_an_infinite_number_is_no_number(tmp_path: Path) -> None:
    text = json.dumps(verdicts()).replace("0.312", "1e999", 1)
    (tmp_path / "verdicts.json").write_text(text)
    with pytest.raises(RunError, match="1e999"):
        write_audit(tmp_path)


def test_twenty_shifts_with_pictures_stay_under_three_megabytes(tmp_path: Path) -> None:
    def many(found: Plain) -> None:
        parts = found["shown"]
        parts["dials"] = {f"shift{i}": parts["dials"]["jpeg"] for i in range(24)}
        names = [f"s{k}.webp" for k in range(8)]
        parts["samples"] = {f"shift{i}~{dose}": names for i in range(24) for dose in (0.0, 0.25, 0.5, 0.75, 1.0)}

    found = made(tmp_path, many)
    assert len(found) < 3_000_000
    assert found.count("<image ") >= 24 * 5
