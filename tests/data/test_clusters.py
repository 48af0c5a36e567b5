"""Images that are not independent count as one draw, and never stand in both parts of a drawn division."""

from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from shiftprobe.core.errors import DataError
from shiftprobe.data import load
from shiftprobe.data.bundle import Bundle
from shiftprobe.data.clusters import clusters
from shiftprobe.data.digits import read_mnist
from shiftprobe.data.split import split


def bundle(images: np.ndarray, names: list[str] | None = None) -> Bundle:
    return Bundle(
        name="made up",
        images=tuple(images[..., None]),
        labels=np.arange(len(images), dtype=np.int64) % 2,
        classes=("a", "b"),
        clusters=None if names is None else np.array(names),
    )


DIGITS = read_mnist()[0][::600]  # nine, no two alike


def test_images_that_nobody_joins_stand_alone() -> None:
    assert clusters(bundle(DIGITS), np.arange(9)) is None


def test_a_group_an_equal_copy_and_a_near_duplicate_join() -> None:
    fainter = (DIGITS[4] * 0.8).astype(np.uint8)
    images = np.stack([*DIGITS[:6], DIGITS[1], fainter])
    found = clusters(bundle(images, ["x", "1", "2", "3", "4", "x", "6", "7"]), np.arange(8))
    assert found is not None
    assert found.tolist() == [0, 1, 2, 3, 4, 0, 1, 4]


def test_what_a_third_joins_is_one_and_only_those_asked_about_count() -> None:
    images = np.stack([DIGITS[0], DIGITS[1], DIGITS[0], DIGITS[2]])
    names = ["p", "q", "q", "r"]
    assert clusters(bundle(images, names), np.arange(4)).tolist() == [0, 0, 0, 1]  # type: ignore[union-attr] # some join
    assert clusters(bundle(images, names), np.array([0, 1, 3])) is None


def test_a_drawn_division_keeps_groups_together() -> None:
    images = read_mnist()[0][:400]
    names = [f"object {i // 4}" for i in range(400)]
    whole = bundle(images, names)
    parts = split(None, whole, test=0.25, seed=0)
    train, test = ({names[i] for i in part} for part in (parts.target_train, parts.target_test))
    assert not train & test
    assert 80 <= len(parts.target_test) <= 120
    alone = split(None, bundle(images), test=0.25, seed=0)
    assert {names[i] for i in alone.target_train} & {names[i] for i in alone.target_test}


def test_a_column_group_is_read_moves_the_digest_and_must_agree(tmp_path: Path) -> None:
    for number in range(4):
        PIL.Image.fromarray(DIGITS[number]).save(tmp_path / f"{number}.png")
    rows = [f"{number}.png,{'ab'[number % 2]},{number // 2}" for number in range(4)]
    file = tmp_path / "list.csv"
    file.write_text("\n".join(["path,label,group", *rows]))
    found = load(f"csv:{file}", Path())
    assert found.clusters is not None
    assert found.clusters.tolist() == ["0", "0", "1", "1"]
    plain = tmp_path / "plain.csv"
    plain.write_text("\n".join(["path,label", *(row.rsplit(",", 1)[0] for row in rows)]))
    assert load(f"csv:{plain}", Path()).digest != found.digest
    file.write_text("\n".join(["path,label,group", *rows, "0.png,a,other"]))
    with pytest.raises(DataError, match=r"wanted one group for 0\.png, got other and in line 2 0"):
        load(f"csv:{file}", Path())
