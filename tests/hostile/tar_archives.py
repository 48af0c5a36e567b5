"""Tar archives with names that lead out, headers without end, and members that are not there."""

import gzip
import io
import os
import pickle
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.hostile.fixture import Expected, Fixture
from tests.hostile.pictures import SMOOTH, saved

PNG = saved(SMOOTH, "PNG")
GOOD = {"0.png": PNG, "0.cls": b"cat", "1.png": PNG, "1.cls": b"dog"}
DATA = "wds:{}/a.tar"


class _Touch:
    """A pickle that leaves a mark when it is opened."""

    def __init__(self, place: Path) -> None:
        self._place = place

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, (f"touch {self._place}",)


def archive(members: Mapping[str, bytes], *more: tarfile.TarInfo) -> bytes:
    """A tar of these files, and of members without content."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as made:
        for name, content in members.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            made.addfile(one, io.BytesIO(content))
        for one in more:
            made.addfile(one)
    return out.getvalue()


def _put(content: Callable[[], bytes], length: int = 0) -> Callable[[Path], None]:
    """A builder of an archive; a hole follows up to that length."""

    def build(folder: Path) -> None:
        (folder / "a.tar").write_bytes(content())
        if length:
            os.truncate(folder / "a.tar", length)

    return build


def _member(kind: bytes, name: str = "x.png", to: str = "") -> tarfile.TarInfo:
    one = tarfile.TarInfo(name)
    one.type, one.linkname = kind, to
    return one


def _header(kind: bytes, size: int, name: str = "x.png") -> bytes:
    """The 512 bytes before a member that says it has that size, negative ones too."""
    one = tarfile.TarInfo(name)
    one.type = kind
    made = bytearray(one.tobuf(tarfile.GNU_FORMAT))
    made[124:136] = b"\x80" + size.to_bytes(11, "big") if size >= 0 else b"\xff" + size.to_bytes(11, "big", signed=True)
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


def _sparse() -> bytes:
    """GNU's old sparse member: 4 TB of nothing."""
    made = bytearray(_header(tarfile.GNUTYPE_SPARSE, 0))
    made[483:495] = b"\x80" + (2**42).to_bytes(11, "big")
    made[148:156] = b" " * 8
    made[148:156] = b"%06o\0 " % sum(made)
    return bytes(made)


def _with_pickle(folder: Path) -> None:
    harmful = pickle.dumps(_Touch(folder.parent / "MARKER"))
    (folder / "a.tar").write_bytes(archive({**GOOD, "0.pkl": harmful, "0.pyd": harmful, "0.pth": harmful}))


def _climbing(folder: Path) -> None:
    (folder / "a.tar").write_bytes(archive({"../../MARKER.png": PNG, "../../MARKER.cls": b"cat", "/1.png": PNG,
                                            "/1.cls": b"dog"}))  # fmt: skip


def _is(
    name: str, build: Callable[[Path], None], expected: Expected, because: str, images: int | None = None
) -> Fixture:
    return Fixture(f"tar_{name}", build, expected, because, data=DATA, images=images)


def _noted(note: bytes) -> Callable[[Path], None]:
    return _put(lambda: archive({**GOOD, "2.png": PNG, "2.json": note}))


ACCEPTED = (
    _is("plain", _put(lambda: archive(GOOD)), "accepted", "as webdataset writes it", 2),
    _is("climbing_names", _climbing, "accepted", "names that lead out of any folder: nothing is unpacked", 2),
    _is("pickles", _with_pickle, "accepted", "pickles, which are not opened", 2),
    _is("links_devices", _put(lambda: archive(GOOD, _member(tarfile.SYMTYPE, to="/etc/passwd"),
        _member(tarfile.LNKTYPE, to="0.png"), _member(tarfile.CHRTYPE), _member(tarfile.FIFOTYPE))), "accepted",
        "links, devices and pipes are passed over", 2),
    _is("sparse", _put(lambda: archive(GOOD)[:4096] + _sparse() + bytes(1024)), "accepted", "4 TB of holes", 2),
    _is("many_members", _put(lambda: archive(GOOD)[:4096] + 5_000 * _header(b"0", 0, "x.txt") + bytes(1024)),
        "accepted", "5,000 captions", 2),
)  # fmt: skip
SKIPPED = (
    _is("no_class", _put(lambda: archive({**GOOD, "2.png": PNG})), "skipped", "no label", 2),
    _is("no_picture", _put(lambda: archive({**GOOD, "2.png": b"hello", "2.cls": b"cat"})), "skipped",
        "not an image of a known format", 2),
    _is("deep_note", _noted(b"[" * 500_000), "skipped", "no label", 2),
    _is("long_number", _noted(b'{"label": ' + b"9" * 5000 + b"}"), "skipped", "no label", 2),
    _is("half_a_letter", _noted(b'{"label": "\\ud800"}'), "accepted", "half a character of a pair", 3),
    _is("picture_of_zeros", _put(lambda: archive({**GOOD, "2.cls": b"cat"})[:5120] + _header(b"0", 2**25, "2.png"),
        5632 + 2**25 + 1024), "skipped", "not an image of a known format", 2),
)  # fmt: skip
REFUSED = (
    _is("packed_zeros", _put(lambda: gzip.compress(archive(GOOD) + bytes(2**22))), "refused", "run `gunzip "),
    _is("promised_member", _put(lambda: archive(GOOD)[:4096] + _header(b"0", 2**33) + bytes(512)), "refused",
        "does not lie in it as a whole"),
    _is("endless_note", _put(lambda: archive(GOOD)[:4096] + _header(b"x", 2**32), 2**33), "refused",
        "longer than a name can be"),
    _is("endless_name", _put(lambda: archive(GOOD)[:4096] + _header(b"L", 2**32), 2**33), "refused",
        "longer than a name can be"),
    _is("circle", _put(lambda: archive(GOOD)[:4096] + _header(b"0", -4608) + bytes(1024)), "refused", "a.tar: "),
    _is("circle_of_notes", _put(lambda: archive(GOOD)[:4096] + _header(b"x", -512) + bytes(1024)), "refused", "a.tar"),
    _is("several_classes", _noted(b'{"label": ["cat", "dog"]}'), "refused", "multi-label data"),
    _is("no_classes", _put(lambda: archive({"cat/0.png": PNG, "dog/1.png": PNG})), "refused", "unpack the archive"),
    _is("half", _put(lambda: archive(GOOD)[:1500]), "refused", "breaks off before its end"),
    _is("no_end", _put(lambda: archive(GOOD)[:2048]), "refused", "breaks off before its end"),
    _is("broken_middle", _put(lambda: archive(GOOD)[:1024] + b"x" * 512 + archive(GOOD)[1024:]), "refused",
        "breaks off"),
    _is("zip", _put(lambda: b"PK\3\4" + bytes(2000)), "refused", "a.tar: "),
    _is("empty", _put(lambda: b""), "refused", "a.tar"),
    _is("zeros", _put(lambda: bytes(512), 2**36), "refused", "got none"),
    _is("pipe", lambda folder: os.mkfifo(folder / "a.tar"), "refused", "got no regular file"),
)  # fmt: skip
ARCHIVES: tuple[Fixture, ...] = ACCEPTED + SKIPPED + REFUSED
