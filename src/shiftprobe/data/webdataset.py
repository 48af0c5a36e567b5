"""Tar archives of samples, as webdataset writes them: files of one name, an image and its class among them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from shiftprobe.core.errors import DataError
from shiftprobe.core.escape import escape
from shiftprobe.data.bundle import Bundle, Skipped
from shiftprobe.data.claims import NO_PICTURE, named_picture
from shiftprobe.data.class_list import NAME, names_beside
from shiftprobe.data.columns import LABELS
from shiftprobe.data.decode import check_size
from shiftprobe.data.entries import MAX_NAME, MAX_ROWS
from shiftprobe.data.labelled import UNLABELLED, LabelledItem, bundle_of, occurring, official_of
from shiftprobe.data.multi_label import several
from shiftprobe.data.origins import ORIGINS, Origin
from shiftprobe.data.shards import Shard, are_shards, shards, without_part
from shiftprobe.data.tar_members import TarMember, members, opened_member
from shiftprobe.data.walk import class_name, shown

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar.zst")
"""How archives are called; only the first is read, of the others it is said how to unpack them."""

_CLASS = ("cls", "cls.txt")  # how a member that holds a class ends
_NOTE = "json"
_MAX_NOTE = 2**20  # bytes of a class or a note
_MAX_ASIDE = 10_000


@dataclass(frozen=True, slots=True)
class PackedPicture:
    """An encoded picture in an archive."""

    path: Path
    member: TarMember
    where: str

    def __str__(self) -> str:
        """Archive and name."""
        return self.where

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its encoded bytes.

        Raises:
            DataError: the reason in a few words.
        """
        try:
            with opened_member(self.path, self.member) as (file, size):
                check_size(size)
                yield file
        except (OSError, ValueError) as error:
            raise DataError(f"unreadable: {escape(getattr(error, 'strerror', None) or error)}") from None


@dataclass(slots=True)
class _Sample:
    """Members of one name."""

    picture: TarMember | None = None
    is_part: bool = False  # the picture's name goes on behind the sample's, as 000.mask.png does
    label: str | None = None
    noted: str | None = None  # the class that a note names; one in a file of its own goes before it
    domain: str = ""
    group: str | None = None


def load(rest: str, base: Path) -> Bundle:
    """The samples of one tar archive, or of all below a folder; nothing is unpacked to disk.

    Members of one name up to its first dot are a sample: a picture (`000.jpg`), its class (`000.cls`, or label in
    `000.json`, where `domain` and `group` may stand too). Classes are counted, or called what is written there; names
    stand in `classes.txt` beside the archives, one a line. An archive's name says its part (`photos-train-0000.tar`).
    What else there is (pickles, arrays, captions) is not opened.

    Args:
        rest: a file, a folder or a pattern (`photos-{0000..0011}.tar`); with `:SPLIT` one part of it.
        base: the folder that relative paths start from.

    Raises:
        DataError: when an archive is damaged or compressed, or pictures, classes or parts cannot be told.
    """
    found = shards(rest, base, SUFFIXES)
    name = f"wds:{rest}"
    official = official_of(sorted({one.part for one in found}), f"wds:{without_part(rest, base)}")
    rows, aside = _rows(found)
    if rows and all(row.label is None for row in rows):
        raise DataError(
            f"{escape(name)}: wanted a class for every picture, as 000.cls beside 000.jpg or label in 000.json, got "
            "none; unpack the archive and name the folder where folders are classes, or add them"
        )
    rows, names = _called(rows, found[0].path.parent)
    counted = all(_counts(row.label) for row in rows if row.label is not None)
    classes = names or occurring(rows, escape(name), counted=counted)
    return bundle_of(name, rows, tuple(map(class_name, classes)), official, aside=aside)


def unlabelled(rest: str, base: Path) -> Bundle:
    """All pictures as one class.

    Raises:
        DataError: as `load`, but for classes and parts.
    """
    rows, aside = _rows(shards(rest, base, SUFFIXES), labelled=False)
    return bundle_of(f"wds:{rest}", rows, ("images",), {}, aside=aside)


def find(rest: str, base: Path) -> None:
    """Refuse a place without archives.

    Raises:
        DataError: naming the place.
    """
    shards(rest, base, SUFFIXES)


def takes(path: Path) -> bool:
    """Whether a path is an archive, or a folder of them."""
    return are_shards(path, SUFFIXES)


def _rows(found: Sequence[Shard], *, labelled: bool = True) -> tuple[list[LabelledItem], list[Skipped]]:
    rows: list[LabelledItem] = []
    aside: list[Skipped] = []
    for one in found:
        archive = shown(one.name)
        for name, sample in _samples(one.path).items():
            if sample.picture is None:
                aside += [Skipped(f"{archive}/{shown(Path(name))}", NO_PICTURE)] if len(aside) < _MAX_ASIDE else []
                continue
            item = PackedPicture(one.path, sample.picture, f"{archive}/{shown(Path(sample.picture.name))}")
            label = sample.label if sample.label is not None else sample.noted
            row = LabelledItem(
                item=item,
                part=one.part,
                label=_one_class(label, str(item)) if labelled else "images",
                domain=sample.domain,
                group=sample.group,
            )
            rows.append(row)
    return rows, aside


def _samples(path: Path) -> dict[str, _Sample]:
    samples: dict[str, _Sample] = {}
    for member in members(path):
        folder, slash, name = member.name.rpartition("/")
        key, dot, kind = name.partition(".")
        if not key or not dot:
            continue
        sample = samples.setdefault(f"{folder}{slash}{key}", _Sample())
        if named_picture(name):
            if sample.picture is None or sample.is_part > ("." in kind):
                sample.picture, sample.is_part = member, "." in kind
        elif kind.lower() in _CLASS:
            sample.label = _content(path, member).decode("utf-8", "backslashreplace").strip()
        elif kind.lower() == _NOTE:
            _take_note(sample, _content(path, member))
        if len(samples) > MAX_ROWS:
            raise DataError(f"{escape(path)}: wanted at most {MAX_ROWS:,} samples, got more; divide it")
    return samples


def _content(path: Path, member: TarMember) -> bytes:
    with opened_member(path, member) as (file, _):
        return file.read(_MAX_NOTE)


def _take_note(sample: _Sample, content: bytes) -> None:
    """What a note says of a sample; one that is no JSON says nothing."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return
    if isinstance(told, dict):
        sample.noted, sample.domain = _said(told, *LABELS), _said(told, "domain") or ""
        sample.group = _said(told, "group")


def _said(note: Mapping[str, object], *keys: str) -> str | None:
    """What a note says under the first of some keys that it has; of a list its beginning as it is written."""
    value = next((note[key] for key in keys if note.get(key) is not None), None)
    if not isinstance(value, str | int | list):
        return None
    said = json.dumps(value[:3]) if isinstance(value, list) else str(value)
    return said[: MAX_NAME + 1].encode("utf-8", "backslashreplace").decode().strip() or None


def _one_class(label: str | None, where: str) -> str | None:
    if label and label[0] == "[":
        raise several(where, f"the list {escape(label, 40)}")
    if label is not None and len(label) > MAX_NAME:
        raise DataError(f"{where}: wanted a class of at most {MAX_NAME} characters, got longer; shorten it")
    return None if label == UNLABELLED else label or None


def _called(rows: Sequence[LabelledItem], folder: Path) -> tuple[list[LabelledItem], tuple[str, ...] | None]:
    """Samples whose classes are counted by the names that stand beside the archives; as they are where none do."""
    try:
        names = names_beside(folder)
    except (OSError, ValueError) as error:
        raise DataError(f"{escape(folder / NAME)}: wanted readable text, got: {escape(error)}; mend the file") from None
    if names is None or not all(_counts(row.label) for row in rows if row.label is not None):
        return list(rows), None
    highest = max(int(row.label) for row in rows if row.label is not None)
    if highest >= len(names):
        raise DataError(
            f"{escape(folder)}: wanted classes from 0 to {len(names) - 1}, got {highest}; name every class in {NAME}"
        )
    return [row if row.label is None else replace(row, label=names[int(row.label)]) for row in rows], names


def _counts(label: str | None) -> bool:
    return label is not None and label.isascii() and label.isdigit()


ORIGINS.add(
    Origin(
        name="wds",
        names=("wds:PATH[:SPLIT]",),
        about="tar archives of samples (webdataset), a file, a folder or photos-{0000..0011}.tar",
        of_path=True,
        load=load,
        find=find,
        unlabelled=unlabelled,
        takes=takes,
    )
)
