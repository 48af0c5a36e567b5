"""Folders and names as they come: odd ones are read, ambiguous ones are refused in one line."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.hostile.fixture import Fixture, good
from tests.hostile.pictures import SMOOTH, saved

PNG = saved(SMOOTH, "PNG")


def put(folder: Path, *names: str) -> None:
    """The smooth picture under each of these paths."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(PNG)


def holding(*names: str, empty: Iterable[str] = ()) -> Callable[[Path], None]:
    """A builder of a folder with the smooth picture under each of these paths, and empty folders."""

    def build(folder: Path) -> None:
        put(folder, *names)
        for name in empty:
            (folder / name).mkdir(parents=True)

    return build


def _named(name: str) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        good(folder)
        put(folder, f"cat/{name}")

    return build


def _not_utf8(folder: Path) -> None:
    good(folder)
    put(folder, "cat/" + os.fsdecode(b"caf\xe9 \xff.png"))


def _deep(folder: Path) -> None:
    good(folder)
    put(folder, "cat/" + "a/" * 100 + "odd.png")


def _circle(folder: Path) -> None:
    good(folder)
    (folder / "emu").symlink_to(folder)


def _link_to_file(folder: Path) -> None:
    good(folder)
    put(folder.parent, "elsewhere/odd.png")
    (folder / "cat" / "link.png").symlink_to(folder.parent / "elsewhere" / "odd.png")


def _hard_link(folder: Path) -> None:
    good(folder)
    (folder / "cat" / "hard.png").hardlink_to(folder / "cat" / "good.png")


def _broken_class(folder: Path) -> None:
    good(folder)
    (folder / "emu").mkdir()
    (folder / "emu" / "a.png").write_bytes(b"")


def _beside(folder: Path) -> None:
    good(folder)
    (folder / "readme.md").write_text("beside")
    (folder / "cat" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0" * 9)


def _picture_beside(folder: Path) -> None:
    good(folder)
    put(folder, "c.png")


def _half_fetched(folder: Path) -> None:
    good(folder)
    (folder / "cat" / "c.png.part").write_bytes(PNG[:60])


def _truncated(folder: Path) -> None:
    good(folder)
    (folder / "cat" / "c").write_bytes(PNG[:60])


def _hidden(folder: Path) -> None:
    good(folder)
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    (folder / "cat" / "._good.png").write_bytes(b"\0\5\x16\7")
    put(folder, ".git/objects/a.png")


def _a_file(folder: Path) -> None:
    (folder / "file").write_text("x")


NAMES = tuple(
    Fixture(f"named_{what}", _named(name), "accepted", because, lambda: SMOOTH)
    for what, name, because in (
        ("255_bytes", "a" * 251 + ".png", "as long as a name can be"),
        ("emoji", "\N{CAT FACE}\N{ZERO WIDTH JOINER}\N{SNOWFLAKE}.png", "pictures in its name"),
        ("right_to_left", "\N{RIGHT-TO-LEFT OVERRIDE}gnp.odd", "reads as another name"),
        ("markup", "<img src=x onerror=alert(1)>&amp;.png", "markup in its name"),
        ("control", "a\x1b[2J\n\r\x07b.png", "commands for a terminal in its name"),
        ("shell", "$(touch MARKER);`touch MARKER`.png", "commands for a shell in its name"),
        ("option", "--help.png", "begins like an option"),
        ("formula", "=cmd|' /C calc'!A0.png", "a formula for a spreadsheet"),
        ("template", "{{7*7}} %s {0} $HOME.png", "holes of templates"),
        ("quotes", "\"'\\.png", "quotes and a backslash"),
        ("capitals", "ODD.JPEG", "a suffix in capitals"),
        ("no_suffix", "odd", "no suffix"),
        ("spaces", "  .png", "begins with spaces"),
    )
)
ACCEPTED = (
    Fixture("not_utf8", _not_utf8, "accepted", "a name of other bytes than UTF-8", lambda: SMOOTH),
    Fixture("deep", _deep, "accepted", "a hundred folders deep", lambda: SMOOTH),
    Fixture("folder_called_png", _named("x.png/odd.png"), "accepted", "a folder called x.png", lambda: SMOOTH),
    Fixture("link_to_picture", _link_to_file, "accepted", "a link to a picture elsewhere", lambda: SMOOTH),
    Fixture("hard_link", _hard_link, "accepted", "one file under two names", images=3),
    Fixture("hidden_files", _hidden, "accepted", "what systems leave behind is left out", images=2),
    Fixture("capital_class", holding("Cat/a.png", "cat/b.png"), "accepted", "a and A are two letters", images=2),
    Fixture(
        "class_names",
        holding("<b>/a.png", "\N{ARABIC LETTER ALEF}/b.png", "\N{CAT FACE}/c.png", "-2/d.png"),
        "accepted",
        "classes with markup, emoji, other scripts",
        images=4,
    ),
    Fixture("class_called_train", holding("train/a.png", "bus/b.png"), "accepted", "a class called train", images=2),
    Fixture(
        "three_parts",
        holding(*(f"{part}/{label}/a.png" for part in ("train", "val", "test") for label in "ab")),
        "accepted",
        "train, val and test",
        images=6,
    ),
    Fixture(
        "one_class_for_audits", holding("cat/a.png"), "accepted", "one class, where that is enough", few=True, images=1
    ),
    Fixture(
        "parts_differ_for_audits",
        holding("train/a/x.png", "train/b/x.png", "test/a/x.png"),
        "accepted",
        "a test part without one of the classes",
        few=True,
        images=3,
    ),
)
SET_ASIDE = (
    Fixture("files_beside", _beside, "accepted", "notes and previews beside pictures", images=2),
    Fixture("circle", _circle, "accepted", "a link to the folder itself", images=2),
    Fixture(
        "empty_class_for_audits",
        holding("cat/a.png", empty=["dog"]),
        "accepted",
        "an empty folder",
        few=True,
        images=1,
    ),
    Fixture("archive_of_a_mac", holding("cat/a.png", "dog/b.png", "__MACOSX/cat/a.png"), "accepted", "a", images=2),
    Fixture(
        "notes_beside_parts",
        holding(*(f"{part}/{label}/a.png" for part in ("train", "val") for label in "ab"), empty=["docs"]),
        "accepted",
        "a folder without a picture beside train and val",
        images=4,
    ),
)
SKIPPED = (
    Fixture("picture_beside", _picture_beside, "skipped", "lies beside the class folders", images=2),
    Fixture("half_fetched", _half_fetched, "skipped", "unreadable", images=2),
    Fixture("truncated_without_suffix", _truncated, "skipped", "unreadable", images=2),
    Fixture("broken_class_for_audits", _broken_class, "skipped", "empty file", few=True, images=2),
)
REFUSED = (
    Fixture("nothing", holding(), "refused", "at least two folders, one per class, got none"),
    Fixture("nothing_for_audits", holding(), "refused", "a folder per class, got none", few=True),
    Fixture("missing", holding(), "refused", "got nothing; check the path", data="folder:{}/missing"),
    Fixture("a_file", _a_file, "refused", "got a file", data="folder:{}/file"),
    Fixture("nul_in_name", holding(), "refused", "null", data="folder:{}/a\0b"),
    Fixture("endless_name", holding(), "refused", "too long", data="folder:{}/" + "a" * 5000),
    Fixture("flat", holding("a.png", "b.png"), "refused", "at least two folders, one per class, got none"),
    Fixture("one_class", holding("cat/a.png"), "refused", "got only cat"),
    Fixture("empty_class", holding("cat/a.png", empty=["dog"]), "refused", "got an empty folder"),
    Fixture("broken_class", _broken_class, "refused", "1 skipped, first a.png: empty file"),
    Fixture("all_empty_for_audits", holding(empty=["cat", "dog"]), "refused", "got an empty folder", few=True),
    Fixture(
        "parts_differ",
        holding("train/a/x.png", "train/b/x.png", "val/a/x.png", "val/c/x.png"),
        "refused",
        "got b, c in one of them; add or remove",
    ),
    Fixture(
        "parts_spelt_differently",
        holding("train/Cat/x.png", "train/b/x.png", "val/cat/x.png", "val/b/x.png"),
        "refused",
        "spell them alike",
    ),
    Fixture("stranger_beside_parts", holding("train/a/x.png", "val/a/x.png", "bus/a/x.png"), "refused", "got also bus"),
    Fixture(
        "one_name_twice",
        holding("caf\N{LATIN SMALL LETTER E WITH ACUTE}/a.png", "cafe\N{COMBINING ACUTE ACCENT}/b.png"),
        "refused",
        "two class folders are called",
    ),
)
FOLDERS: tuple[Fixture, ...] = NAMES + ACCEPTED + SET_ASIDE + SKIPPED + REFUSED
