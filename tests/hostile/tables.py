"""Parquet tables that unpack to anything, lie about it, or hold something else than pictures."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.hostile.fixture import Expected, Fixture
from tests.hostile.pictures import SMOOTH, saved

PNG = saved(SMOOTH, "PNG")
DATA = "parquet:{}/a.parquet"


def _cells(*contents: bytes | None) -> list[dict[str, object]]:
    return [{"bytes": content, "path": f"{place}.png"} for place, content in enumerate(contents)]


def _written(images: Any, labels: Any, **options: Any) -> Callable[[Path], None]:
    """A table of pictures and classes; what takes memory is made when it is needed."""

    def build(folder: Path) -> None:
        pa = pytest.importorskip("pyarrow", reason="parquet: is not tested, for its library is missing")
        import pyarrow.parquet as pq

        made = images() if callable(images) else images
        table = pa.table({"image": made, "label": labels() if callable(labels) else labels})
        pq.write_table(table, folder / "a.parquet", **options)

    return build


def _named(column: str, content: Callable[[], bytes]) -> Callable[[Path], None]:
    """A table whose pictures stand in a column of that name."""

    def build(folder: Path) -> None:
        pa = pytest.importorskip("pyarrow", reason="parquet: is not tested, for its library is missing")
        import pyarrow.parquet as pq

        table = pa.table({column: [content(), PNG], "label": ["a", "b"]})
        pq.write_table(table, folder / "a.parquet", compression="zstd", use_dictionary=False, write_statistics=False)

    return build


def _changed(build: Callable[[Path], None], change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def both(folder: Path) -> None:
        build(folder)
        (folder / "a.parquet").write_bytes(change((folder / "a.parquet").read_bytes()))

    return both


def _of(content: bytes) -> Callable[[Path], None]:
    def build(folder: Path) -> None:
        (folder / "a.parquet").write_bytes(content)

    return build


def _is(
    name: str, build: Callable[[Path], None], expected: Expected, because: str, images: int | None = None
) -> Fixture:
    return Fixture(f"parquet_{name}", build, expected, because, data=DATA, images=images)


def _large_page(content: bytes) -> bytes:
    """The first page's header says 134 MB, in as many bytes as it said 2 MB before."""
    place = content.index(b"\x15\x00\x15", 4) + 3
    assert all(content[place + i] & 128 for i in range(3))
    assert not content[place + 3] & 128
    return content[:place] + b"\xfe\xff\xff\x7f" + content[place + 4 :]


def _noise(count: int) -> bytes:
    return np.random.default_rng(0).bytes(count)


GOOD = _written(_cells(PNG, PNG), ["cat", "dog"])
ACCEPTED = (
    _is("plain", GOOD, "accepted", "as Hugging Face writes it", 2),
    _is("bare_bytes", _written([PNG, PNG], [0, 1]), "accepted", "bytes and numbers", 2),
    _is("odd_names", _written([PNG] * 3, ["<b>", "=1+1", "a\x1b[2J"]), "accepted", "markup, formulas, commands", 3),
)
SKIPPED = (
    _is("no_picture", _written([PNG, PNG, b"hello"], ["a", "b", "a"]), "skipped", "not an image of a known format", 2),
    _is("empty_cell", _written(_cells(PNG, PNG, None), ["a", "b", "a"]), "skipped", "no bytes in its cell", 2),
    _is("address", _written([*_cells(PNG, PNG), {"bytes": None, "path": "http://127.0.0.1/a.png"}], ["a", "b", "a"]),
        "skipped", "no bytes in its cell", 2),
    _is("unlabelled", _written([PNG] * 3, [0, 1, -1]), "skipped", "no label", 2),
)  # fmt: skip
REFUSED = (
    _is("packed_zeros", _written(lambda: [bytes(2**26 + 2**20), PNG], ["a", "b"], compression="zstd",
        use_dictionary=False, write_statistics=False), "refused",
        "unpacks to over 20 times its size"),
    _is("one_value_repeated", _written(lambda: [_noise(2**17)] * 1000, lambda: ["a", "b"] * 500), "refused",
        "unpack to over 20 times the size"),
    _is("lying_page", _changed(_written(lambda: [_noise(2**20), PNG, _noise(2**20)], ["a", "b", "a"],
        compression="zstd", use_dictionary=False), _large_page), "refused", "unpacks to over 20 times its size"),
    _is("dotted_name", _named("img.x", lambda: bytes(2**26 + 2**20)), "refused", "unpacks to over 20 times its size"),
    _is("endless_names", _written([PNG] * 100, lambda: ["a" * 2**20] * 100, dictionary_pagesize_limit=2**22), "refused",
        "names of at most 200 characters"),
    _is("long_names", _written([PNG] * 2, ["a" * 300, "b"]), "refused", "names of at most 200 characters"),
    _is("several_classes", _written([PNG] * 2, [["a", "b"], ["a"]]), "refused", "multi-label data"),
    _is("joined_classes", _written([PNG] * 3, ["a|b", "a", "b"]), "refused", "multi-label data"),
    _is("no_pictures", _written(["a.png", "b.png"], ["a", "b"]), "refused", "one column of encoded pictures"),
    _is("half", _changed(GOOD, lambda one: one[: len(one) // 2]), "refused", "another file, or half of one"),
    _is("no_middle", _changed(GOOD, lambda one: one[:50] + one[-600:]), "refused", "a.parquet: "),
    _is("long_footer", _changed(GOOD, lambda one: one[:-8] + b"\xff\xff\xff\x7fPAR1"), "refused", "a description of"),
    _is("zeros_for_pages", _changed(GOOD, lambda one: one[:4] + bytes(60) + one[64:]), "refused", "a.parquet: "),
    _is("magic_alone", _of(b"PAR1PAR1"), "refused", "another file, or half of one"),
    _is("encrypted", _of(b"PARE" + bytes(40) + b"PARE"), "refused", "encrypted"),
    _is("text", _of(b"hello, I am a text"), "refused", "another file"),
    _is("empty", _of(b""), "refused", "another file, or half of one"),
    _is("pipe", lambda folder: os.mkfifo(folder / "a.parquet"), "refused", "got no regular file"),
    _is("missing", lambda _: None, "refused", "got none; name such a file"),
)  # fmt: skip
TABLES: tuple[Fixture, ...] = ACCEPTED + SKIPPED + REFUSED
