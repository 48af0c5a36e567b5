"""CSV manifests as spreadsheets and people write them, and as they should not."""

import os
from collections.abc import Callable
from pathlib import Path

from tests.hostile.fixture import Expected, Fixture
from tests.hostile.folders import put

GOOD = "path,label\na.png,cat\nb.png,dog\n"


def _of(content: str | bytes, *names: str, change: Callable[[Path], None] | None = None) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        put(folder, "a.png", "b.png", *names)
        (folder / "list.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        if change:
            change(folder)

    return build


def _is(name: str, build: Callable[[Path], None], expected: Expected, because: str, *, few: bool = False,
        images: int | None = None) -> Fixture:  # fmt: skip
    return Fixture(f"csv_{name}", build, expected, because, data="csv:{}/list.csv", few=few, images=images)


def _accepted(name: str, content: str | bytes, because: str, *names: str) -> Fixture:
    return _is(name, _of(content, *names), "accepted", because, images=2 + len(names))


def _refused(name: str, content: str | bytes, because: str) -> Fixture:
    return _is(name, _of(content), "refused", because)


def _skipped(name: str, row: str, because: str, change: Callable[[Path], None] | None = None) -> Fixture:
    return _is(name, _of(f"{GOOD}{row}\n", change=change), "skipped", because, images=2)


def _large(folder: Path) -> None:
    with (folder / "list.csv").open("ab") as file:
        file.truncate(65 * 2**20)


def _pipe(folder: Path) -> None:
    os.mkfifo(folder / "list.csv")


def _link_out(folder: Path) -> None:
    put(folder.parent, "secret/x.png")
    (folder / "out").symlink_to(folder.parent / "secret")


ACCEPTED = (
    _accepted("plain", GOOD, "comma"),
    _accepted("semicolon_bom", "\ufeffpath;label\na.png;cat\nb.png;dog\n", "semicolons behind a byte-order mark"),
    _accepted("tab", "path\tlabel\na.png\tcat\nb.png\tdog\n", "tabs"),
    _accepted(
        "quoted", '"path";"label"\r\n"a.png";"cat; tabby"\r\n"b.png";"a ""dog"""\r\n', "quotes and Windows' line ends"
    ),
    _accepted(
        "other_columns", "id,Label,note,PATH\n1,cat,=1+1,a.png\n2,dog,,b.png\n", "columns in any order, others ignored"
    ),
    _accepted("blank_rows", "\npath,label\n\na.png,cat\n,\n  ,  \nb.png , dog\n", "blank rows and spaces"),
    _accepted(
        "split_domain",
        "path,label,split,domain\na.png,cat,Train,day\nb.png,dog,train,night\nc.png,cat,test,day\n"
        "d.png,dog,test,night\n",
        "parts and domains",
        "c.png",
        "d.png",
    ),
    _accepted("numbers", "path,label\na.png,-2\nb.png,+1\n", "numbers as classes"),
    _accepted("dots", "path,label\n./a.png,cat\nc//d.png,dog\nb.png,dog\n", "paths with . and //", "c/d.png"),
    _accepted(
        "newline_in_name", 'path,label\na.png,cat\n"b.png",dog\n"c\nd.png",dog\n', "a line end in a name", "c\nd.png"
    ),
    _is(
        "one_class_for_audits",
        _of("path,label\na.png,cat\n"),
        "accepted",
        "one class, where that is enough",
        few=True,
        images=1,
    ),
)
SKIPPED = (
    _skipped("missing", "c.png,dog", "no such file (line 4)"),
    _skipped("windows_path", "cat\\c.png,dog", "write / between folders"),
    _skipped("address", "https://example.org/c.png,dog", "no such file"),
    _skipped("300_characters", f"{'c' * 300}.png,dog", "too long"),
    _skipped("repeated", "a.png,cat", "repeats line 2 (line 4)"),
    _skipped("a_folder", "c,dog", "a folder, not an image", lambda folder: (folder / "c").mkdir()),
    _skipped("pipe", "c.png,dog", "not a regular file", lambda folder: os.mkfifo(folder / "c.png")),
    _skipped("itself", "list.csv,dog", "not an image of a known format"),
    _skipped("link_out", "out/x.png,dog", "a link that leaves the manifest's folder", _link_out),
    _skipped("formula_as_path", "=cmd|' /C calc'!A0,dog", "no such file"),
    _is("class_lost_for_audits", _of(f"{GOOD}c.png,emu\n"), "skipped", "no such file", few=True, images=2),
)
REFUSED = (
    _refused("empty", b"", "wanted a header with path"),
    _refused("header_alone", "path,label\n", "wanted images in"),
    _refused("no_header", "a.png,cat\nb.png,dog\n", "wanted a header with path"),
    _refused("no_label", "path,name\na.png,cat\nb.png,dog\n", "wanted a column label"),
    _refused("two_labels", "path,label,Label\na.png,cat,cat\n", "wanted one column label, got 2"),
    _refused("ragged", "path,label\na.png,cat\nb.png\n", "line 3: wanted 2 cells as in the header, got 1"),
    _refused(
        "too_many_cells", "path,label\na.png,cat\nb.png,dog,emu\n", "line 3: wanted 2 cells as in the header, got 3"
    ),
    _refused("open_quote", 'path,label\na.png,"cat\nb.png,dog\n', "check the quotes"),
    _refused("odd_quote", 'path,label\n"a"x.png,cat\nb.png,dog\n', "line 2"),
    _refused("endless_cell", f"path,label\na.png,{'a' * 10**6}\nb.png,dog\n", "line 2: field larger"),
    _refused("long_label", f"path,label\na.png,{'a' * 201}\nb.png,dog\n", "line 2: wanted a label of at most 200"),
    _refused("no_label_cell", "path,label\na.png,\nb.png,dog\n", "line 2: wanted a label, got an empty cell"),
    _refused("no_path_cell", "path,label\na.png,cat\n,dog\n", "line 3: wanted a path, got an empty cell"),
    _refused(
        "formula",
        'path,label\na.png,"=HYPERLINK(""http://x"")"\nb.png,dog\n',
        "line 2: wanted a label, got the formula",
    ),
    _refused("formula_at", "path,label\na.png,@SUM(1+1)*cmd|' /C calc'!A0\nb.png,dog\n", "got the formula"),
    _refused("nul", b"path,label\na.png,cat\nb\0.png,dog\n", "line 3: wanted text, got a NUL byte"),
    _refused("utf16", GOOD.encode("utf-16"), "got UTF-16; save it as CSV UTF-8"),
    _refused("latin1", "path,label\na.png,caf\xe9\nb.png,dog\n".encode("latin1"), "line 2: wanted UTF-8"),
    _refused("binary", bytes(range(1, 256)), "wanted UTF-8"),
    _refused("absolute", "path,label\na.png,cat\n/etc/passwd,dog\n", "line 3: wanted a path relative to the manifest"),
    _refused("absolute_windows", "path,label\nC:\\a.png,cat\nb.png,dog\n", "line 2: wanted a path relative"),
    _refused("climbs", "path,label\na.png,cat\nx/../../b.png,dog\n", "line 3: wanted a path below the manifest"),
    _refused("contradiction", f"{GOOD}./a.png,dog\n", "line 4: wanted one label for a.png, got dog and in line 2 cat"),
    _refused(
        "strange_split", "path,label,split\na.png,cat,train\nb.png,dog,fold1\n", "wanted train, val or test as split"
    ),
    _refused(
        "stranger_split", "path,label,split\na.png,cat,train\nb.png,dog,test\na.png,cat,extra\n", "got also extra"
    ),
    _refused("one_class", "path,label\na.png,cat\nb.png,cat\n", "at least two classes, got only cat"),
    _refused("class_lost", f"{GOOD}c.png,emu\n", "a readable image of class emu, got none (first c.png: no such file"),
    _refused("all_lost", "path,label\nc.png,cat\nd.png,dog\n", "2 skipped, first c.png: no such file"),
    _is("large", _of(GOOD, change=_large), "refused", "of at most 64 MiB"),
    _is("is_a_pipe", _pipe, "refused", "got no regular file"),
    _is("is_a_folder", lambda folder: (folder / "list.csv").mkdir(), "refused", "Is a directory"),
    _is("is_missing", lambda _: None, "refused", "got nothing; check the path"),
)
MANIFESTS: tuple[Fixture, ...] = ACCEPTED + SKIPPED + REFUSED
