"""What decoding found is kept by the hash of a file's bytes, and believed for nothing else."""

import os
import sqlite3
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO

import numpy as np
import PIL.Image
import pytest
from tests.data.noise_pictures import draw

from shiftprobe.core.errors import DataError
from shiftprobe.core.readers import FileTraits, Reader
from shiftprobe.data import decode, files, load, picture_cache
from shiftprobe.data.bundle import Bundle, Print, fingerprint
from shiftprobe.data.sources import key_of


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of each test's own."""
    monkeypatch.setenv(picture_cache.VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache" / "pictures"


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Counts the pictures that are decoded."""
    count: list[int] = []
    really = decode.decoded

    def counted(file: BinaryIO, reader: Reader) -> decode.Decoded:
        count.append(1)
        return really(file, reader)

    monkeypatch.setattr(decode, "decoded", counted)
    return count


def read(photos: Path) -> Bundle:
    return load(f"folder:{photos}", Path())


def kept(file: Path) -> picture_cache.Looked | None:
    with picture_cache.picture_cache() as cache:
        return cache.find([key_of(file)]).get(key_of(file))


def test_a_folder_that_was_read_is_not_decoded_again(photos: Path, decoded: list[int]) -> None:
    (photos / "cat" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    first = read(photos)
    assert len(decoded) == 7
    decoded.clear()
    again = read(photos)
    assert not decoded
    assert (again.digest, again.skipped, again.hashes) == (first.digest, first.skipped, first.hashes)
    np.testing.assert_array_equal(again.thumbs, first.thumbs)
    for one, other in zip(again.images, first.images, strict=True):
        np.testing.assert_array_equal(one, other)
    assert len(decoded) == 6  # as they are asked for
    assert all(one is other for one, other in zip(again.images, again.images, strict=True))  # kept


def test_the_same_picture_in_another_file_is_decoded_and_has_the_same_hash(photos: Path, decoded: list[int]) -> None:
    first = read(photos)
    decoded.clear()
    PIL.Image.fromarray(draw(0)).save(photos / "cat" / "0.png", compress_level=1)
    again = read(photos)
    assert len(decoded) == 1
    assert again.hashes == first.hashes


def test_a_changed_file_is_not_believed_whatever_its_time_and_size_say(photos: Path) -> None:
    file = photos / "cat" / "0.bmp"
    PIL.Image.fromarray(draw(1)).save(file)
    before, first = file.stat(), read(photos).digest
    PIL.Image.fromarray(draw(2)).save(file)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert file.stat().st_size == before.st_size
    assert read(photos).digest != first


def test_what_was_done_to_a_picture_is_kept(photos: Path) -> None:
    picture = PIL.Image.fromarray(draw(3))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(photos / "cat" / "turned.png", exif=exif)
    picture.putalpha(120)
    picture.save(photos / "cat" / "clear.png")
    for _ in range(2):
        told = {Path(path).stem: one for path, one in zip(read(photos).paths or (), read(photos).prints, strict=True)}
        assert told["turned"].traits == FileTraits(turned=True)
        assert (told["turned"].height, told["turned"].width) == (10, 12)
        assert told["clear"].traits == FileTraits(translucent=True)


def test_an_entry_that_is_not_as_it_was_written_is_not_read(photos: Path, place: Path, decoded: list[int]) -> None:
    first = read(photos)
    with sqlite3.connect(place / "pictures.sqlite") as base:
        for key, value in list(base.execute("SELECT key, value FROM pictures")):
            middle = len(value) // 2
            flipped = value[:middle] + bytes([value[middle] ^ 1]) + value[middle + 1 :]
            base.execute("UPDATE pictures SET value = ? WHERE key = ?", (flipped, key))
    decoded.clear()
    assert read(photos).digest == first.digest
    assert len(decoded) == 6


def test_an_entry_of_another_file_is_not_read(photos: Path, place: Path, decoded: list[int]) -> None:
    first = read(photos)
    with sqlite3.connect(place / "pictures.sqlite") as base:
        values = [value for (value,) in base.execute("SELECT value FROM pictures ORDER BY key")]
        keys = [key for (key,) in base.execute("SELECT key FROM pictures ORDER BY key")]
        base.executemany("UPDATE pictures SET value = ? WHERE key = ?", zip(values[1:] + values[:1], keys, strict=True))
    decoded.clear()
    assert read(photos).digest == first.digest
    assert len(decoded) == 6


def test_an_entry_that_somebody_forged_is_noticed_when_its_picture_is_decoded(photos: Path) -> None:
    first, file = read(photos), photos / "cat" / "0.png"
    forged = replace(first.prints[0], sha256="0" * 64)
    with picture_cache.picture_cache() as cache:
        cache.keep({key_of(file): forged})
    with pytest.raises(DataError, match=r"0\.png.*that entry is dropped, run again"):
        read(photos).images[0]
    assert read(photos).digest == first.digest  # what it advises leads on


@pytest.mark.parametrize(
    "content",
    [b"", b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4000],
    ids=["empty", "text", "broken"],
)
def test_a_damaged_cache_is_made_anew(content: bytes, photos: Path, place: Path, decoded: list[int]) -> None:
    first = read(photos)
    (place / "pictures.sqlite").write_bytes(content)
    assert read(photos).digest == first.digest
    decoded.clear()
    assert read(photos).digest == first.digest
    assert not decoded


def test_a_cache_with_foreign_tables_is_made_anew(photos: Path, place: Path) -> None:
    first = read(photos)
    with sqlite3.connect(place / "pictures.sqlite") as base:
        base.execute("CREATE TRIGGER more AFTER INSERT ON pictures BEGIN DELETE FROM pictures; END")
    assert read(photos).digest == first.digest
    with sqlite3.connect(place / "pictures.sqlite") as base:
        assert [kind for (kind,) in base.execute("SELECT type FROM sqlite_master WHERE sql IS NOT NULL")] == ["table"]


def test_only_its_owner_may_write_there(photos: Path, place: Path, decoded: list[int]) -> None:
    read(photos)
    assert place.stat().st_mode & 0o777 == 0o700
    place.chmod(0o770)
    decoded.clear()
    read(photos)
    assert len(decoded) == 6


def test_a_link_is_no_cache_folder(photos: Path, place: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    place.parent.mkdir()
    place.symlink_to(tmp_path / "elsewhere")
    read(photos)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize("said", ["off", "OFF", ""])
def test_it_can_be_turned_off(said: str, photos: Path, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(picture_cache.VARIABLE, said)
    read(photos)
    assert picture_cache.folder() is None
    assert not place.exists()


def test_it_lies_in_the_user_s_own_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(picture_cache.VARIABLE)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert picture_cache.folder() == tmp_path / ".cache" / "shiftprobe" / "pictures"
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "own"))
    assert picture_cache.folder() == tmp_path / "own" / "shiftprobe" / "pictures"


def test_where_nothing_can_be_kept_pictures_are_read_all_the_same(photos: Path, place: Path) -> None:
    place.parent.write_text("a file where its folder would lie")
    assert len(read(photos)) == 6


def test_it_is_bounded(monkeypatch: pytest.MonkeyPatch, place: Path) -> None:
    monkeypatch.setattr(picture_cache, "MAX_BYTES", 100_000)
    one = Print("ab" * 32, bytes(256), 4, 4, colour=False)
    for batch in range(20):
        with picture_cache.picture_cache() as cache:
            cache.keep({f"{100 * batch + i:064x}": one for i in range(100)})
    with picture_cache.picture_cache() as cache:
        assert f"{1999:064x}" in cache.find([f"{1999:064x}"])  # the newest stay
        assert not cache.find([f"{0:064x}"])
    assert (place / "pictures.sqlite").stat().st_size < 200_000


def _reads(photos: Path) -> str:
    return read(photos).digest


def test_several_processes_may_read_and_write_it(photos: Path) -> None:
    monkey = read(photos).digest
    with picture_cache.picture_cache() as cache:
        for file in photos.rglob("*.png"):
            cache.forget(key_of(file))
    with ProcessPoolExecutor(4, get_context("fork")) as pool:
        assert set(pool.map(_reads, [photos] * 12)) == {monkey}


def test_another_decoder_finds_nothing(photos: Path, monkeypatch: pytest.MonkeyPatch, decoded: list[int]) -> None:
    read(photos)
    monkeypatch.setattr(picture_cache, "_decoder", lambda: b"another Pillow")
    decoded.clear()
    read(photos)
    assert len(decoded) == 6


def test_a_fault_of_the_disk_is_no_fault_of_the_picture(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> decode.Decoded:
        raise OSError(5, "Input/output error")

    file = photos / "cat" / "0.png"
    with monkeypatch.context() as patch:
        patch.setattr(decode, "decoded", fails)
        assert dict(files.read([file]).bad) == {0: "unreadable: Input/output error"}
    assert kept(file) is None
    assert files.read([file]).good == (0,)


def test_an_entry_holds_what_a_print_holds(photos: Path) -> None:
    read(photos)
    file = photos / "dog" / "0.png"
    assert kept(file) == fingerprint(decode.decode(file))
    assert isinstance(kept(file), Print)
