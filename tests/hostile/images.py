"""The catalogue of odd, broken and hostile images, folders and manifests; every one is made by code."""

from collections import Counter
from collections.abc import Iterable

from tests.hostile import (
    broken_images,
    folders,
    linked_folders,
    manifests,
    outsized_images,
    strange_files,
    tables,
    tar_archives,
)
from tests.hostile.fixture import Fixture
from tests.hostile.genuine_images import OTHERS
from tests.hostile.genuine_jpeg import JPEG
from tests.hostile.genuine_png import PNG

GROUPS: dict[str, tuple[Fixture, ...]] = {
    "genuine PNG": PNG,
    "genuine JPEG": JPEG,
    "genuine GIF, WebP, BMP, TIFF, PNM": OTHERS,
    "half a file": broken_images.HALVES,
    "sizes that a header promises": outsized_images.SIZES,
    "small files that would take minutes or all memory": outsized_images.BOMBS,
    "damaged files, and pixels with no 8-bit form": broken_images.DAMAGED,
    "other things under a picture's name": strange_files.OTHERS,
    "pipes, sockets, devices, links": strange_files.PLACES,
    "names": folders.NAMES,
    "folders": folders.ACCEPTED + folders.SKIPPED + folders.REFUSED,
    "folders of links that are followed": linked_folders.LINKED,
    "manifests": manifests.MANIFESTS,
    "parquet tables": tables.TABLES,
    "tar archives": tar_archives.ARCHIVES,
}
"""The catalogue by what its fixtures have in common, as docs/hostile.md lists it."""

FIXTURES: tuple[Fixture, ...] = tuple(one for group in GROUPS.values() for one in group)


def counts(fixtures: Iterable[Fixture] = FIXTURES) -> dict[str, int]:
    """How many fixtures are accepted, skipped and refused."""
    found = Counter(one.expected for one in fixtures)
    return {"accepted": found["accepted"], "skipped": found["skipped"], "refused": found["refused"]}
