import errno
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shiftprobe import data
from shiftprobe.core.errors import DamagedError, ResourceError
from shiftprobe.core.seeding import image_generator
from shiftprobe.core.types import IDENTITY, Image
from shiftprobe.engine import shifted_sets
from shiftprobe.engine.shifted_sets import Dose, open_set, shifted, write_samples, write_set
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.shifts import SHIFTS, find

DIGITS = data.load("digits:uci", Path()).images[:40]
NOISE = Dose(find("gaussian_noise"), 0.5, 3)
PREPROCESS = Preprocess(12, 1, (0.5,), (0.5,))


def written(path: Path, index: Sequence[int], dose: Dose = NOISE) -> NDArray[np.uint8]:
    write_set(path, DIGITS, np.array(index), PREPROCESS, dose)
    whole: NDArray[np.uint8] = np.load(path)
    return whole


def test_an_image_draws_by_its_place_in_the_data_not_in_the_set(tmp_path: Path) -> None:
    change = SHIFTS["gaussian_noise"].at(0.5)
    expected = PREPROCESS.images([change(DIGITS[i], image_generator(3, i)) for i in (7, 2, 31)])
    np.testing.assert_array_equal(written(tmp_path / "some.npy", [7, 2, 31]), expected)


@pytest.mark.parametrize("chunk", [1, 7, 40])
def test_the_bytes_do_not_depend_on_chunks_or_order(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = written(tmp_path / "whole.npy", range(40))
    monkeypatch.setattr(shifted_sets, "CHUNK", chunk)
    written(tmp_path / "again.npy", range(40))
    assert (tmp_path / "again.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
    backwards = written(tmp_path / "backwards.npy", range(39, -1, -1))
    np.testing.assert_array_equal(backwards[::-1], whole)


def test_the_data_seed_moves_the_draws_and_severity_0_moves_nothing() -> None:
    one, other = (shifted(DIGITS, [5], Dose(find("gaussian_noise"), 0.5, seed))[0] for seed in (0, 1))
    assert not np.array_equal(one, other)
    for name in (IDENTITY, "gaussian_noise"):
        np.testing.assert_array_equal(shifted(DIGITS, [5], Dose(find(name), 0.0, 0))[0], DIGITS[5])


def test_a_set_that_is_there_and_sound_is_left_alone(tmp_path: Path) -> None:
    place = tmp_path / "x.npy"
    first, before = written(place, range(3)), place.stat()
    np.testing.assert_array_equal(written(place, range(3)), first)
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "flipped": flipped,
    "cut": lambda content: content[:-7],
    "empty": lambda _: b"",
    "longer": lambda content: content + b"0",
}


@pytest.mark.parametrize("how", DAMAGE)
@pytest.mark.parametrize("file", ["x.npy", "x.npy.json"])
def test_a_set_with_other_bytes_is_refused_and_made_again(how: str, file: str, tmp_path: Path) -> None:
    place = tmp_path / "sets" / "x.npy"
    first = written(place, range(30))
    here, mark = place.with_name(file), place.with_name("x.npy.json").read_bytes()
    here.write_bytes(DAMAGE[how](here.read_bytes()))
    with pytest.raises(DamagedError, match=r"x\.npy: wanted the shifted images that were written .* run the same"):
        open_set(place)
    np.testing.assert_array_equal(written(place, range(30)), first)
    np.testing.assert_array_equal(open_set(place), first)
    assert place.with_name("x.npy.json").read_bytes() == mark


def test_the_checksum_beside_a_set_is_that_of_the_file(tmp_path: Path) -> None:
    written(tmp_path / "x.npy", range(40))
    said = json.loads((tmp_path / "x.npy.json").read_text())
    assert said["sha256"] == hashlib.sha256((tmp_path / "x.npy").read_bytes()).hexdigest()


@pytest.mark.parametrize("whole", [True, False], ids=["with its checksum", "alone"])
def test_the_set_of_another_condition_or_run_is_not_taken(whole: bool, tmp_path: Path) -> None:
    place, other = tmp_path / "a" / "sets" / "x.npy", tmp_path / "b" / "sets" / "x.npy"
    first = written(place, range(20))
    written(other, range(20), Dose(find("gaussian_noise"), 0.25, 3))
    for name in ("x.npy", "x.npy.json") if whole else ("x.npy",):
        shutil.copy(other.with_name(name), place.with_name(name))
    np.testing.assert_array_equal(written(place, range(20)), first)
    shutil.copytree(place.parent, other.parent, dirs_exist_ok=True)  # the same dose of another run's data
    before = other.stat().st_ino
    written(other, range(20))
    assert other.stat().st_ino != before


def test_a_full_disk_is_met_before_the_work_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(ResourceError, match=r"writing shifted images to .*No space left on device"):
        written(tmp_path / "sets" / "x.npy", range(40))
    assert not list((tmp_path / "sets").iterdir())


@dataclass
class Watching:
    """Preprocessing that looks at how much of the file is on the disk while the set is made."""

    folder: Path
    size: int = 64
    channels: int = 3
    resize: int | None = None
    interpolation: str = "bilinear"
    order: str = "RGB"
    crop: str = "round"
    reader: str = "viewer"
    taken: list[int] = field(default_factory=list)

    def images(self, images: Sequence[Image]) -> NDArray[np.uint8]:
        (file,) = self.folder.glob(".*.tmp")
        self.taken.append(512 * file.stat().st_blocks)
        return np.zeros((len(images), self.size, self.size, self.channels), np.uint8)


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="this system cannot claim space")
def test_the_space_is_claimed_before_the_first_image(tmp_path: Path) -> None:
    watching = Watching(tmp_path)
    write_set(tmp_path / "x.npy", DIGITS, np.arange(40), watching, NOISE)  # type: ignore[arg-type]
    assert watching.taken[0] >= 40 * 64 * 64 * 3


def test_a_failing_image_leaves_no_half_set(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        written(tmp_path / "x.npy", [0, 1, 4000])
    assert not list(tmp_path.iterdir())


def test_samples_keep_their_own_resolution_and_labels(tmp_path: Path) -> None:
    write_samples(tmp_path / "x.npz", DIGITS, [4, 9], [4, 9], NOISE)
    kept = np.load(tmp_path / "x.npz")
    assert kept["labels"].tolist() == [4, 9]
    for i, image in enumerate(shifted(DIGITS, [4, 9], NOISE)):
        np.testing.assert_array_equal(kept[str(i)], image)
