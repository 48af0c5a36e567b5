"""Every refusal of data says what to do; here it is done, and the data is read."""

import io
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.data.noise_pictures import draw, fill
from tests.data.tiny_torchvision import like_mnist
from tests.hostile.tar_archives import PNG, archive

from shiftprobe.core.errors import DataError, ShiftprobeError
from shiftprobe.data import load
from shiftprobe.data.memory import from_dataset

Act = Callable[[Path], object]


class Advice(NamedTuple):
    """Data that is refused, with what, and what the refusal says to do."""

    name: str  # of the data, from the folder
    broken: Act
    says: str  # of its last part, behind the semicolon
    done: Act
    then: str = ""  # the name of the data afterwards, where that is what changes


def photos(*names: str) -> Act:
    """Class folders with a picture each."""

    def put(at: Path) -> None:
        for name in names:
            fill(at / name, [draw(sum(name.encode()))])

    return put


def listed(text: str | bytes) -> Act:
    """Two pictures and a manifest."""

    def put(at: Path) -> None:
        fill(at, [draw(0), draw(1)])
        (at / "list.csv").write_bytes(text if isinstance(text, bytes) else text.encode())

    return put


def both(*acts: Act) -> Act:
    return lambda at: [act(at) for act in acts]


def table(**columns: list[object]) -> Act:
    def put(at: Path) -> None:
        pa = pytest.importorskip("pyarrow", reason="advice on parquet is not tested, for its library is missing")
        import pyarrow.parquet as pq

        pq.write_table(pa.table(columns), at / "a.parquet")

    return put


def tar(**members: bytes) -> Act:
    return lambda at: (at / "a.tar").write_bytes(
        archive({name.replace("_", "."): one for name, one in members.items()})
    )


def packed(at: Path) -> None:
    with tarfile.open(at / "a.tar.gz", "w:gz") as made:
        for name, content in {"0.png": PNG, "0.cls": b"a", "1.png": PNG, "1.cls": b"b"}.items():
            one = tarfile.TarInfo(name)
            one.size = len(content)
            made.addfile(one, io.BytesIO(content))


def unpacked(at: Path) -> None:
    with tarfile.open(at / "a.tar") as whole:
        whole.extractall(at / "u", filter="data")


def above(at: Path) -> None:
    fill(at, [draw(0), draw(1)])
    (at / "in").mkdir()
    (at / "in" / "list.csv").write_text("path,label\n../0.png,a\n../1.png,b\n")


def renamed(one: str, other: str) -> Act:
    return lambda at: (at / one).rename(at / other)


def empty(name: str) -> Act:
    return lambda at: (at / name).mkdir(parents=True)


def linked(at: Path) -> None:
    photos("real/a", "real/b")(at)
    (at / "d").mkdir()
    for name in "ab":
        (at / "d" / name).symlink_to(at / "real" / name)


def idx_of_many(at: Path) -> None:
    like_mnist(at, "it")
    labels = at / "it" / "raw" / "train-labels-idx1-ubyte"
    labels.write_bytes(labels.read_bytes()[:-1] + bytes([11]))


GOOD = listed("path,label\n0.png,a\n1.png,b\n")
ADVICE = {
    "flat_listed": Advice(
        "d",
        lambda at: fill(at / "d", [draw(0), draw(1)]),
        "or a list of what lies there",
        lambda at: (at / "d.csv").write_text("path,label\nd/0.png,a\nd/1.png,b\n"),
        "d.csv",
    ),
    "one_class_above": Advice(
        "d", photos("d/all/a", "d/all/b"), "name the folder that holds the class folders", photos(), "d/all"
    ),
    "links": Advice("d", linked, "links to folders are followed in links:", photos(), "links:d"),
    "parts_differ": Advice(
        "d",
        photos("d/train/a", "d/train/b", "d/val/a", "d/val/c"),
        "add or remove these folders",
        photos("d/train/c", "d/val/b"),
    ),
    "parts_spelt": Advice(
        "d", photos("d/train/A", "d/train/b", "d/val/a", "d/val/b"), "spell them alike", renamed("d/val/a", "d/val/A")
    ),
    "class_without": Advice(
        "d", both(photos("d/a", "d/b"), empty("d/c")), "add images or remove it", lambda at: (at / "d/c").rmdir()
    ),
    "stranger": Advice(
        "d", photos("d/train/a", "d/train/b", "d/val/a", "d/val/b", "d/bus/x"), "move it", renamed("d/bus", "bus")
    ),
    "a_file": Advice(
        "folder:d",
        lambda at: (at / "d").write_text("x"),
        "name the folder that holds one folder per class",
        photos("e/a", "e/b"),
        "folder:e",
    ),
    "no_header": Advice("list.csv", listed("0.png,a\n1.png,b\n"), "add that line", GOOD),
    "no_label": Advice("list.csv", listed("path,x\n0.png,a\n1.png,b\n"), "add it to the header and rows", GOOD),
    "ragged": Advice(
        "list.csv",
        listed("path,label\n0.png,a,b\n1.png,b\n"),
        "quote a cell that holds the delimiter",
        listed('path,label\n0.png,"a,b"\n1.png,b\n'),
    ),
    "empty_cell": Advice("list.csv", listed("path,label\n0.png,a\n1.png,b\n2.png,\n"), "or leave the row out", GOOD),
    "formula": Advice("list.csv", listed("path,label\n0.png,=A1\n1.png,b\n"), "save the sheet's values", GOOD),
    "above": Advice(
        "in/list.csv",
        above,
        "put the manifest above its images",
        lambda at: (at / "list.csv").write_text("path,label\n0.png,a\n1.png,b\n"),
        "list.csv",
    ),
    "utf16": Advice(
        "list.csv", listed("path,label\n0.png,a\n1.png,b\n".encode("utf-16")), "save it as CSV UTF-8", GOOD
    ),
    "contradiction": Advice("list.csv", listed("path,label\n0.png,a\n0.png,b\n1.png,b\n"), "keep the right row", GOOD),
    "odd_split": Advice(
        "list.csv",
        listed("path,label,split\n0.png,a,train\n1.png,b,dev\n"),
        "correct it, or rename the column",
        listed("path,label,part\n0.png,a,train\n1.png,b,dev\n"),
    ),
    "lost_class": Advice(
        "list.csv", listed("path,label\n0.png,a\n1.png,b\n2.png,c\n"), "add images or remove its rows", GOOD
    ),
    "class_names": Advice(
        "it/raw",
        idx_of_many,
        "name every class in classes.txt beside the files",
        lambda at: (at / "it/raw/classes.txt").write_text("\n".join("abcdefghijkl")),
    ),
    "no_table": Advice(
        "hf:d", photos("d/a", "d/b"), "write folder:d for images in class folders", photos(), "folder:d"
    ),
    "packed": Advice(
        "a.tar.gz",
        packed,
        "and name what it leaves",
        lambda at: subprocess.run(["gunzip", at / "a.tar.gz"], check=True),
        "a.tar",
    ),
    "tar_unclassed": Advice(
        "a.tar", tar(a_png=PNG, b_png=PNG), "or add them", tar(a_png=PNG, a_cls=b"x", b_png=PNG, b_cls=b"y")
    ),
    "tar_folders": Advice(
        "a.tar",
        lambda at: (at / "a.tar").write_bytes(archive({"x/0.png": PNG, "y/0.png": PNG})),
        "unpack the archive and name the folder",
        unpacked,
        "u",
    ),
    "table_label": Advice(
        "a.parquet",
        table(image=[PNG, PNG], animal=["a", "b"]),
        "rename the right one to label",
        table(image=[PNG, PNG], label=["a", "b"]),
    ),
    "table_image": Advice(
        "a.parquet",
        table(one=[PNG, PNG], two=[PNG, PNG], label=["a", "b"]),
        "call the right one image",
        table(image=[PNG, PNG], two=[PNG, PNG], label=["a", "b"]),
    ),
    "table_domain": Advice(
        "a.parquet",
        table(image=[PNG, PNG], label=["a", "b"], domain=["x", None]),
        "fill them",
        table(image=[PNG, PNG], label=["a", "b"], domain=["x", "y"]),
    ),
    "wilds": Advice(
        "wilds:d",
        both(photos("d/a", "d/b"), lambda at: (at / "d/metadata.csv").write_text("f,g\n")),
        "or write a manifest",
        lambda at: (at / "d/m.csv").write_text("path,label\na/0.png,a\nb/0.png,b\n"),
        "d/m.csv",
    ),
}


@pytest.mark.parametrize("case", ADVICE.values(), ids=ADVICE)
def test_a_refusal_leads_on(case: Advice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    case.broken(tmp_path)
    with pytest.raises(ShiftprobeError) as told:
        load(case.name, tmp_path)
    assert case.says in str(told.value)
    assert str(told.value).isprintable()
    case.done(tmp_path)
    assert len(load(case.then or case.name, tmp_path).classes) >= 2


def test_pictures_that_look_normalised_lead_on() -> None:
    import torch

    with pytest.raises(DataError, match="leave Normalize out"):
        from_dataset([(torch.full((3, 8, 8), -1.5), 0)], "memory:x")
    assert len(from_dataset([(torch.full((3, 8, 8), 0.5), 0)], "memory:x")) == 1
