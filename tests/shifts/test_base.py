import math
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from shiftprobe.core.errors import ShiftprobeError, SpecError, UnknownNameError
from shiftprobe.core.types import Image
from shiftprobe.shifts import SHIFTS, DosedShift, albumentations, check_severity, find, identity, seeded
from shiftprobe.shifts.base import to_image

GREY = np.full((64, 64, 1), 128, np.uint8)


def pattern(image: Image) -> np.ndarray[Any, Any]:
    return np.asarray(image.astype(float) - 128).ravel()


def noise(library: ModuleType) -> object:
    return library.GaussNoise(std_range=(0.1, 0.1), p=1)


@pytest.mark.parametrize("severity", [0.0, 0.3, 1.0])
def test_a_fraction_is_a_severity(severity: float) -> None:
    assert check_severity(severity) == severity


@pytest.mark.parametrize("severity", [-0.1, 30, math.nan, math.inf])
def test_anything_else_is_not(severity: float) -> None:
    with pytest.raises(SpecError, match=f"fraction from 0 to 1, got {severity}; write 0.3 for 30 %"):
        check_severity(severity)


def test_the_parameter_moves_in_a_straight_line_from_start_to_end() -> None:
    seen: list[float] = []
    shift = DosedShift(
        name="x", kind="digital", parameter="p", unit="", start=30, end=10, random=False, build=spy(seen)
    )
    for severity in (0.0, 0.25, 1.0):
        shift.at(severity)
    assert seen == [25.0, 10.0]  # severity 0 builds nothing


def test_a_severity_of_numpy_changes_no_byte() -> None:
    image = np.random.default_rng(0).integers(0, 256, (28, 28, 3), dtype=np.uint8)
    for name in SHIFTS:
        plain, numpys = (SHIFTS[name].at(s)(image, np.random.default_rng(1)) for s in (0.3, np.float64(0.3)))
        assert np.array_equal(plain, numpys), name


def spy(seen: list[float]) -> Callable[[float], Callable[[Image, np.random.Generator], Image]]:
    def build(dose: float) -> Callable[[Image, np.random.Generator], Image]:
        seen.append(dose)
        return identity

    return build


def test_a_shift_is_found_by_name_and_identity_changes_nothing() -> None:
    image = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    rng = np.random.default_rng(0)
    for name, severity in (("identity", 0.0), ("identity", 1.0), ("jpeg", 0.0)):
        same = find(name).at(severity)(image, rng)
        assert np.array_equal(same, image)
        assert same is not image
    assert not np.array_equal(find("jpeg").at(1.0)(image, rng), image)


def test_a_wrong_name_or_severity_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'gaussian_blur'"):
        find("gausian_blur").at(0.0)
    with pytest.raises(SpecError):
        find("identity").at(2.0)


def test_levels_are_rounded_and_never_wrap() -> None:
    assert to_image(np.array([-3.0, 0.6, 254.4, 300.0])).tolist() == [0, 1, 254, 255]


def test_listing_the_shifts_imports_nothing_heavy() -> None:
    code = (
        "import sys; from shiftprobe.shifts import SHIFTS; print(len(SHIFTS), [m for m in HEAVY if m in sys.modules])"
    )
    heavy = "HEAVY = ('albumentations', 'cv2', 'torch', 'scipy', 'sklearn'); "
    found = subprocess.run([sys.executable, "-c", heavy + code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == f"{len(SHIFTS)} []"


def test_a_misspelt_argument_cannot_kill_the_dial() -> None:
    with pytest.raises(UserWarning, match="not valid"):
        seeded(lambda library: library.GaussNoise(sdt_range=(0.1, 0.1), p=1))


def test_a_transform_that_skips_images_and_a_composition_are_refused() -> None:
    with pytest.raises(SpecError, match="p=1"):
        seeded(lambda library: library.GaussNoise(std_range=(0.1, 0.1)))
    with pytest.raises(SpecError, match="one albumentations transform"):
        seeded(lambda library: library.Compose([noise(library)]))


def test_fault_of_albumentations_members_of_a_composition_share_a_stream_ours_do_not() -> None:
    library = albumentations()
    pair = library.Compose([library.HorizontalFlip(p=0.5), library.VerticalFlip(p=0.5)], seed=0)
    corners = np.arange(4, dtype=np.uint8).reshape(2, 2, 1)
    theirs = {pair(image=corners)["image"].tobytes() for _ in range(64)}
    assert len(theirs) == 2  # both flips or none: the fault that `seeded` avoids

    rng = np.random.default_rng(0)
    first, second = (pattern(seeded(noise)(GREY, rng)) for _ in range(2))
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.1


def test_fault_of_albumentations_numpys_seed_is_ignored_ours_obeys_its_generator() -> None:
    bare, ours = noise(albumentations()), seeded(noise)
    assert callable(bare)
    np.random.seed(0)  # noqa: NPY002 (what a user would try)
    theirs = bare(image=GREY)["image"]
    np.random.seed(0)  # noqa: NPY002
    assert not np.array_equal(theirs, bare(image=GREY)["image"])
    assert np.array_equal(ours(GREY, np.random.default_rng(5)), ours(GREY, np.random.default_rng(5)))


def test_an_image_that_must_not_be_written_to_can_be_shifted() -> None:
    image = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)[:, ::-1]
    image.setflags(write=False)  # as when it is memory-mapped
    for name in SHIFTS:
        assert find(name).at(1.0)(image, np.random.default_rng(0)).flags.writeable


@pytest.fixture
def shadow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    folder = tmp_path / "albumentationsx-2.0.9.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: albumentationsx\nVersion: 2.0.9\n")
    monkeypatch.syspath_prepend(tmp_path)
    albumentations.cache_clear()
    yield
    albumentations.cache_clear()


@pytest.mark.usefixtures("shadow")
def test_another_library_in_the_place_of_albumentations_is_refused() -> None:
    with pytest.raises(ShiftprobeError, match="pip uninstall albumentationsx"):
        albumentations()


def test_albumentations_is_told_not_to_call_home_before_it_is_imported() -> None:
    code = """
import os, socket
os.environ["NO_ALBUMENTATIONS_UPDATE"] = "0"
def refuse(*_, **__): raise SystemExit("network")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from shiftprobe.shifts import albumentations
albumentations()
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
