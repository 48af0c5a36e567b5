"""Batches of a set that lies on disk: the bytes of one in memory, and never more of it than a few batches."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from shiftprobe.core.rows import Rows, copied_rows
from shiftprobe.core.types import Images
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train import pixels
from shiftprobe.train.pixels import Labelled, Pixels

PREPROCESS = Preprocess(8, 3, (0.5,) * 3, (0.25,) * 3)
N = 200


@pytest.fixture
def mapped(tmp_path: Path) -> NDArray[np.uint8]:
    images = np.random.default_rng(0).integers(0, 256, (N, 8, 8, 3), dtype=np.uint8)
    np.save(tmp_path / "set.npy", images)
    there: NDArray[np.uint8] = np.load(tmp_path / "set.npy", mmap_mode="r")
    return there


def parts(n: int, size: int) -> list[NDArray[np.int64]]:
    return np.array_split(np.random.default_rng(1).permutation(n), n // size)


@pytest.mark.parametrize("at_hand", [0, 2**40], ids=["read ahead", "read in turn"])
@pytest.mark.parametrize("chosen", [None, np.arange(N)[::-3]], ids=["all", "some rows"])
def test_batches_are_those_of_an_array_in_memory(
    chosen: NDArray[np.int64] | None, at_hand: int, mapped: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "AT_HAND", at_hand)
    whole = np.array(mapped) if chosen is None else np.array(mapped)[chosen]
    labels = np.arange(len(whole)) % 5
    data = Pixels(Labelled(mapped if chosen is None else Rows(mapped, chosen), labels), PREPROCESS, "cpu")
    order = parts(len(whole), 7)
    found = list(data.batches(order))
    assert len(found) == len(order) == len(whole) // 7
    for part, (images, answers) in zip(order, found, strict=True):
        assert torch.equal(images, PREPROCESS.normalise(torch.from_numpy(whole[part])))
        assert torch.equal(images, data.images(part))
        assert answers.tolist() == labels[part].tolist() == data.labels(part).tolist()


def test_no_more_than_a_few_batches_are_ever_read_ahead(
    mapped: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []

    def noting(images: Images, part: NDArray[np.int64]) -> NDArray[np.uint8]:
        read.append(len(part))
        return copied_rows(images, part)

    monkeypatch.setattr(pixels, "copied_rows", noting)
    monkeypatch.setattr(pixels, "AT_HAND", 0)
    data = Pixels(Labelled(mapped, np.zeros(N, np.int64)), PREPROCESS, "cpu")
    assert not read
    batches = data.batches(parts(N, 10))
    for taken in range(1, 6):
        next(batches)
        assert taken <= len(read) <= taken + pixels.AHEAD
    batches.close()  # type: ignore[attr-defined]
    assert set(read) == {10}
    assert len(read) <= 5 + pixels.AHEAD


def test_a_fault_of_reading_comes_out_where_the_batch_was_wanted(
    mapped: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixels, "AT_HAND", 0)
    data = Pixels(Labelled(mapped, np.zeros(N, np.int64)), PREPROCESS, "cpu")
    stream = data.stream([np.arange(4), np.arange(4), np.array([N]), np.arange(4)])
    assert torch.equal(next(stream), next(stream))
    with pytest.raises(IndexError):
        next(stream)


def anonymous() -> int:
    """Bytes of this process that no file stands behind."""
    (line,) = (one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("RssAnon"))
    return 1024 * int(line.split()[1])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux")
def test_memory_does_not_grow_with_the_set(tmp_path: Path) -> None:
    many = 2**27 // (64 * 64 * 3)  # 128 MiB of holes
    np.lib.format.open_memmap(tmp_path / "set.npy", "w+", np.uint8, (many, 64, 64, 3)).flush()
    preprocess = Preprocess(64, 3, (0.5,) * 3, (0.25,) * 3)
    before = anonymous()
    images = np.load(tmp_path / "set.npy", mmap_mode="r")
    data = Pixels(Labelled(images, np.zeros(many, np.int64)), preprocess, "cpu")
    most = 0
    for raw in data.stream(parts(many, 64)):
        most = max(most, anonymous() - before)
        assert raw.shape[1:] == (64, 64, 3)
    assert most < 2**25  # a quarter of the set, and of what a copy would take
