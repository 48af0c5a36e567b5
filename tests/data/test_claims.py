"""What is set aside as no picture, and that nothing which can be read is."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hostile.genuine_images import GENUINE

from shiftprobe.data import load, load_unlabelled
from shiftprobe.data.claims import claims_picture
from shiftprobe.data.decode import FORMATS
from shiftprobe.data.file_signatures import HEAD, begins_like_picture
from shiftprobe.data.left_out import left_out

RESIDUE = {
    "README.md": b"# Photographs\n",
    "Thumbs.db": bytes.fromhex("d0cf11e0a1b11ae1"),
    "desktop.ini": b"[.ShellClassInfo]\r\n",
    "cat/Thumbs.db": bytes.fromhex("d0cf11e0a1b11ae1"),
    "cat/0.json": b'{"shapes": []}',
    "cat/Icon\r": b"",
    "dog/labels.csv": b"BMW,P3 and GIF\n",
    "dog/notes": b"P3 is the third priority\n",
}


def picture(path: Path, number: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    PIL.Image.fromarray(np.random.default_rng(number).integers(0, 256, (12, 10, 3), dtype=np.uint8)).save(path)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(6):
        picture(tmp_path / "photos" / ("cat", "dog")[number % 2] / f"{number}.png", number)
    return tmp_path / "photos"


def test_residue_is_set_aside_and_moves_nothing(photos: Path) -> None:
    clean = load(f"folder:{photos}", Path())
    for name, content in RESIDUE.items():
        (photos / name).write_bytes(content)
    picture(photos / "__MACOSX" / "cat" / "preview.png", 9)
    (photos / "cat" / "._0.png").write_bytes(b"\0\5\x16\7")
    (photos / "dog" / "link").symlink_to(photos / "cat", target_is_directory=True)
    (photos / "dog" / "empty").mkdir()
    for bundle in (load(f"folder:{photos}", Path()), load(f"folder:{photos}", Path(), few_classes=True)):
        assert bundle.skipped == ()
        assert bundle.digest == clean.digest
        told = {one.path for one in bundle.set_aside}
        assert told == {*RESIDUE, "dog/link", "__MACOSX"}
    flat = load_unlabelled(f"folder:{photos}", Path())
    assert (len(flat), flat.skipped) == (6, ())
    assert {one.path for one in flat.set_aside} == told


def test_what_claims_to_be_a_picture_stays_skipped(photos: Path) -> None:
    whole = (photos / "cat" / "0.png").read_bytes()
    broken = {
        "cat/web.jpg": b"<html>not found</html>",
        "cat/half.png.part": whole[:50],
        "cat/half": whole[:50],
        "cat/shot.HEIC": b"\0\0\0\x18ftypheic",
        "cat/scan": b"\0" * 128 + b"DICM",
        "cat/pointer.png": b"version https://git-lfs.github.com/spec/v1\n",
        "cat/nothing.jpeg": b"",
    }
    for name, content in broken.items():
        (photos / name).write_bytes(content)
    (photos / "cat" / "away.png").symlink_to(photos / "nowhere")
    bundle = load(f"folder:{photos}", Path())
    assert {one.path for one in bundle.skipped} == {*broken, "cat/away.png"}
    assert bundle.set_aside == ()


def test_a_manifest_claims_all_its_rows_but_those_of_file_managers(photos: Path) -> None:
    rows = ["path,label", "cat/0.png,cat", "dog/1.png,dog", "cat/Thumbs.db,cat", "cat/notes.txt,cat", "gone,dog"]
    (photos / "cat" / "Thumbs.db").write_bytes(RESIDUE["Thumbs.db"])
    (photos / "cat" / "notes.txt").write_text("a row says that this is a picture")
    (photos / "list.csv").write_text("\n".join(rows))
    bundle = load(f"csv:{photos / 'list.csv'}", Path())
    assert [one.path for one in bundle.skipped] == ["cat/notes.txt", "gone"]
    assert [one.path for one in bundle.set_aside] == ["cat/Thumbs.db"]


def test_what_was_left_out_is_said_in_two_sentences(photos: Path) -> None:
    assert left_out(load_unlabelled(f"folder:{photos}", Path())) == ()
    (photos / "a.txt").write_text("note")
    (photos / "b.txt").write_text("note")
    (photos / "c.png").write_bytes(b"")
    said = left_out(load_unlabelled(f"folder:{photos}", Path()))
    assert [one.replace(str(photos), "HERE") for one in said] == [
        "1 picture of folder:HERE could not be read and was skipped, the first c.png: empty file (0 bytes)",
        "2 files of folder:HERE were set aside as no picture, the first a.txt",
    ]


@pytest.mark.parametrize("fixture", GENUINE, ids=lambda fixture: fixture.name)
def test_whatever_can_be_read_begins_like_a_picture(fixture: object, tmp_path: Path) -> None:
    fixture.build(tmp_path)  # type: ignore[attr-defined]
    for path in (one for one in tmp_path.rglob("*") if one.is_file()):
        bare = path.rename(path.with_name("bare"))
        assert claims_picture(bare), path


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_that_is_read_is_known_by_its_first_bytes(kind: str, tmp_path: Path) -> None:
    for mode in ("1", "L", "RGB"):
        PIL.Image.new("L", (9, 7), 99).convert(mode).save(tmp_path / "bare", kind)
        assert begins_like_picture((tmp_path / "bare").read_bytes()[:HEAD]), (kind, mode)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "Zs")), min_size=12, max_size=60))
def test_no_line_of_text_begins_like_a_picture_of_pixels(text: str) -> None:
    assert not begins_like_picture(f"{text} words follow\n".encode()) or text.startswith(("GIF8", "8BPS", "P"))
