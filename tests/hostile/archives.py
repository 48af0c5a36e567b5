"""Archives and arrays that are no state dict, or a damaged one."""

import functools
import io
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import joblib  # type: ignore[import-untyped]
import numpy as np
from tests.hostile import opcodes as op
from tests.hostile.model import weights


def put(path: Path, content: bytes) -> Path:
    """A file of these bytes."""
    path.write_bytes(content)
    return path


def packed(path: Path, members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
    """A zip archive of these members."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def good() -> dict[str, bytes]:
    """Members of an archive that torch reads."""
    with zipfile.ZipFile(io.BytesIO(op.saved(weights()))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _script(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "w.pt", "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/__torch__.py", "version"):
            archive.writestr(f"archive/{name}", b"\x80\x02}.")
    return folder / "w.pt"


def _npz(folder: Path) -> Path:
    np.savez(folder / "w.npz", weight=np.ones(3))
    return folder / "w.npz"


def _npy(folder: Path) -> Path:
    np.save(folder / "w.npy", np.ones(3))
    return folder / "w.npy"


def _joblib(folder: Path) -> Path:
    joblib.dump({"weight": np.ones(3)}, folder / "w.joblib")
    return folder / "w.joblib"


def _tar(folder: Path) -> Path:
    inner = put(folder / "w.pt", op.saved(weights()))
    with tarfile.open(folder / "w.tar", "w") as archive:
        archive.add(inner, "weights.pt")
    return folder / "w.tar"


def _nested(folder: Path) -> Path:
    return packed(folder / "w.zip", {"inner.zip": op.saved(weights())})


def _climbing(folder: Path) -> Path:
    return packed(folder / "w.pt", {**good(), "archive/../../marker": b"x"})


def _rooted(folder: Path) -> Path:
    return packed(folder / "w.pt", {**good(), "/etc/marker": b"x"})


def _two_roots(folder: Path) -> Path:
    return packed(folder / "w.pt", {**good(), "other/data.pkl": b"\x80\x02}."})


def _shouted(folder: Path) -> Path:
    """Torch finds members without case and takes the first; whoever reads `data.pkl` reads another."""
    pickled = b"\x80\x02" + op.table(w=op.call(op.name("builtins", "bytearray"), op.number(2 * 10**9))) + op.STOP
    return packed(folder / "w.pt", {"archive/DATA.PKL": pickled, **good()})


def _shouted_alone(folder: Path) -> Path:
    pickled = b"\x80\x02" + op.table(w=op.call(op.name("builtins", "bytearray"), op.number(2 * 10**9))) + op.STOP
    return packed(folder / "w.pt", {"archive/Data.Pkl": pickled, "archive/version": b"3\n"})


def _no_pickle(folder: Path) -> Path:
    return packed(folder / "w.pt", {name: value for name, value in good().items() if not name.endswith("data.pkl")})


def _no_storage(folder: Path) -> Path:
    return packed(folder / "w.pt", {name: value for name, value in good().items() if "/data/" not in name})


def _strange_order(folder: Path) -> Path:
    return packed(folder / "w.pt", {n: b"middle" if n.endswith("byteorder") else v for n, v in good().items()})


def _bomb(folder: Path) -> Path:
    return packed(folder / "w.pt", {**good(), "archive/data/99": bytes(200 * 2**20)}, zipfile.ZIP_DEFLATED)


def _many(folder: Path) -> Path:
    extra = {f"archive/data/{100 + i}": bytes(2**20) for i in range(100)}
    return packed(folder / "w.pt", {**good(), **extra}, zipfile.ZIP_DEFLATED)


def _changed(folder: Path, change: Callable[[bytearray], None]) -> Path:
    content = bytearray(op.saved(weights()))
    change(content)
    return put(folder / "w.pt", bytes(content))


def _lying(content: bytearray) -> None:
    """The central directory says that the last storage is small."""
    at = content.rindex(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 1)


def _encrypted(content: bytearray) -> None:
    at = content.index(b"PK\x01\x02")
    content[at + 8] |= 1


def _odd_method(content: bytearray) -> None:
    at = content.index(b"PK\x01\x02")
    content[at + 10 : at + 12] = struct.pack("<H", 99)


def _bit(content: bytearray) -> None:
    content[content.index(weights()["3.weight"].numpy().tobytes()) + 5] ^= 8


def _no_directory(content: bytearray) -> None:
    at = content.rindex(b"PK\x05\x06")
    content[at : at + 4] = b"none"


ARCHIVES: dict[str, tuple[str, Callable[[Path], Path]]] = {
    "TorchScript": ("a TorchScript program", _script),
    "torch.export (.pt2)": ("a torch.export program", lambda d: packed(d / "w.pt2", {"w/archive_format": b"pt2"})),
    "Keras 3": ("a Keras model", lambda d: packed(d / "w.keras", {"config.json": b"{}", "model.weights.h5": b"x"})),
    "npz": ("NumPy arrays (.npz)", _npz),
    "npy": ("a NumPy array", _npy),
    "joblib": ("torch.save did not write", _joblib),
    "tar": ("a tar archive", _tar),
    "a zip in a zip": ("no PyTorch state dict", _nested),
    "a document": ("no PyTorch state dict", lambda d: packed(d / "w.docx", {"word/document.xml": b"<x/>"})),
    "a member that climbs out": ("leads out of it", _climbing),
    "a member with an absolute path": ("leads out of it", _rooted),
    "two roots": ("not readable", _two_roots),
    "two pickles that differ in case": ("twice", _shouted),
    "a pickle in other case": ("", _shouted_alone),
    "no pickle": ("no PyTorch state dict", _no_pickle),
    "no storages": ("not readable", _no_storage),
    "a byte order of its own": ("not readable", _strange_order),
    "a zip bomb": ("it unpacks to", _bomb),
    "a hundred small bombs": ("it unpacks to", _many),
    "a size that lies": ("damaged", functools.partial(_changed, change=_lying)),
    "an encrypted member": ("a damaged archive", functools.partial(_changed, change=_encrypted)),
    "an unknown compression": ("a damaged archive", functools.partial(_changed, change=_odd_method)),
    "a flipped bit in the weights": ("does not match its checksum", functools.partial(_changed, change=_bit)),
    "an archive without its directory": ("a damaged archive", functools.partial(_changed, change=_no_directory)),
}
