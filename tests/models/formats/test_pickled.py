"""Calls that make something of nothing are refused by name; attributes never stand before methods."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.hostile import opcodes as op
from torch import Tensor

from shiftprobe.core.errors import CheckpointError
from shiftprobe.models.formats.pickled import plain, without_foreign

PATH = Path("w.pt")


def pickled(inside: bytes) -> bytes:
    return b"\x80\x02" + inside + op.STOP


def encoded(codec: str) -> bytes:
    return pickled(op.call(op.name("_codecs", "encode"), op.text("abc"), op.text(codec)))


@pytest.mark.parametrize("new", [True, False])
def test_bytes_and_everything_else_that_torch_saves_pass(new: bool) -> None:
    content = {"w": torch.ones(3), "commit": b"\xff\x00abc", "empty": b"", "seen": {1}, "at": 1e-3}
    without_foreign(PATH, op.saved(content, new=new))


@pytest.mark.parametrize("codec", ["latin1", "ISO-8859-1", "utf8", "ascii", "no codec at all", "w" * 5000])
def test_codecs_that_bytes_travel_by_pass(codec: str) -> None:
    without_foreign(PATH, encoded(codec))


@pytest.mark.parametrize(
    "codec", ["hex", "HEX", "__hex__", "base64", "zip", "utf-32", "punycode", "rot13", "hex" + "-" * 500]
)
def test_codecs_that_swell_are_refused(codec: str) -> None:
    with pytest.raises(CheckpointError, match=r"^w.pt: it asks for a codec .*, which no weights need; save"):
        without_foreign(PATH, encoded(codec))


def test_a_codec_in_a_later_pickle_of_an_old_file_is_refused(tmp_path: Path) -> None:
    path = op.legacy(tmp_path / "w.pt", op.DICT, keys=encoded("hex"))
    with pytest.raises(CheckpointError, match="codec hex"):
        without_foreign(path, path.read_bytes())


def test_a_pickle_that_cannot_be_taken_apart_is_refused() -> None:
    with pytest.raises(CheckpointError, match="a damaged pickle"):
        without_foreign(PATH, encoded("latin1")[:-9] + b"\xff")


def test_attributes_are_taken_off_at_every_depth_and_values_stay() -> None:
    inner: Any = OrderedDict(w=torch.ones(2))
    inner.items = inner.get = 3
    inner["w"].numel = set
    whole = {"model": [(inner,)]}
    assert plain(PATH, whole, bytes(8)) is whole
    assert list(inner.items()) == [("w", inner["w"])]
    assert inner["w"].numel() == 2


def test_a_ring_ends() -> None:
    ring: dict[str, Any] = {"w": torch.ones(1)}
    ring["model"] = [ring]
    assert plain(PATH, ring, bytes(4)) is ring


def test_views_of_one_storage_count_once() -> None:
    flat = torch.ones(100)
    views: dict[str, Tensor] = {"a": flat[:50], "b": flat.view(10, 10), "c": flat}
    plain(PATH, views, bytes(400))
    with pytest.raises(CheckpointError, match="its tensors take 400 bytes, but it holds 399"):
        plain(PATH, views, bytes(399))


@pytest.mark.parametrize("other", [torch.ones(9, device="meta"), torch.ones(9).to_sparse(), "text", None])
def test_what_has_no_bytes_here_is_left_to_the_next_test(other: Any) -> None:
    assert plain(PATH, {"w": other}, b"") == {"w": other}
