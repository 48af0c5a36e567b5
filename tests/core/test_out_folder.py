"""What may be written where: somebody else's files stay, whatever `--out` names."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from shiftprobe.core.errors import BusyError, DataError, ResourceError, RunError, SpecError
from shiftprobe.core.files import lock, write_bytes, write_folder
from shiftprobe.core.folder_kinds import AUDIT, KINDS, LOCATE, METHODS, PREVIEW, RUN, FolderKind, is_ours, own_above
from shiftprobe.core.out_folder import check_out, held, opened, sweep_leftovers
from shiftprobe.data.folder import load
from shiftprobe.data.places import check_apart
from shiftprobe.data.walk import look

REFUSED = r"wanted a folder that is absent, empty or an? {} folder that shiftprobe wrote, got .*; choose another place"
ANY = [pytest.param(kind, id=name) for name, kind in KINDS.items()]


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"theirs")
    return folder


@pytest.mark.parametrize("kind", ANY)
def test_absent_empty_and_own_folders_are_written_into_again(kind: FolderKind, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "deep" / "absent", tmp_path / "empty"):
        for _ in range(2):
            if kind.held:
                with held(place, kind):
                    write_bytes(place / min(kind.files), b"ours")
            else:
                write_bytes(opened(place, kind) / min(kind.files), b"ours")
            put(place, "notes of mine.txt")
        assert is_ours(place)
        assert set(everything(place)) - {"notes of mine.txt"} <= kind.names


STRANGERS: dict[str, tuple[str, ...]] = {
    "a home": (".bashrc", "thesis.tex", "photos/cat/1.png"),
    "a report of its own": ("report.html",),
    "names of ours without proof": ("report.html", "samples/1.png", "environment.json"),
    "a lock that is not empty": ("lock", "samples/1.png"),
    "half a preview": ("preview.png",),
    "a preview among others": ("preview.png", "preview.html", "index.html"),
    "a marker of another program": ("shiftprobe.json",),
    "images by class": ("cat/1.png", "dog/1.png"),
    "a temporary file of another name": (".thesis.tex.77.tmp",),
}


@pytest.mark.parametrize("kind", ANY)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_what_somebody_else_wrote_is_refused_and_stays(stranger: str, kind: FolderKind, tmp_path: Path) -> None:
    put(tmp_path, *STRANGERS[stranger])
    before = everything(tmp_path)
    with pytest.raises(SpecError, match=REFUSED.format(kind.name)):
        held(tmp_path, kind).__enter__()
    assert everything(tmp_path) == before


def test_folders_of_one_kind_are_not_written_over_by_another(tmp_path: Path) -> None:
    for kind in KINDS.values():
        opened(tmp_path / kind.name, kind)
        for other in KINDS.values():
            if other is not kind:
                with pytest.raises(SpecError, match=f"got an? {kind.name} folder; choose another place"):
                    check_out(tmp_path / kind.name, other)


BEFORE: dict[str, tuple[FolderKind, tuple[str, ...]]] = {
    "a run": (RUN, ("about.json", "spec.json", "lock", "cells/x/manifest.json", "notes.txt")),
    "a run without its lock": (RUN, ("about.json", "spec.json", "results.csv")),
    "an audit": (AUDIT, ("verdicts.json", "answers.json", "environment.json")),
    "a preview": (PREVIEW, ("preview.png", "preview.html")),
    "a place found": (LOCATE, ("locate.json", "locate.html")),
    "methods": (METHODS, ("methods.md", "methods.tex", "references.bib", "pairs.csv", "pairs.tex")),
}


@pytest.mark.parametrize("what", BEFORE)
def test_folders_made_before_there_was_a_marker_are_known_by_their_files(what: str, tmp_path: Path) -> None:
    kind, names = BEFORE[what]
    put(tmp_path, *names)
    check_out(tmp_path, kind)
    assert is_ours(tmp_path)


def test_an_audit_killed_before_it_was_marked_goes_on(tmp_path: Path) -> None:
    put(tmp_path, "looks/data/identity~0.0/logits.npy", ".shiftprobe.json.77.tmp")
    (tmp_path / "lock").touch()
    with held(tmp_path, AUDIT):
        assert set(everything(tmp_path)) == {"lock", "shiftprobe.json", "looks/data/identity~0.0/logits.npy"}


def test_of_two_that_begin_at_once_the_second_is_told_that_it_is_busy(tmp_path: Path) -> None:
    with lock(tmp_path / "run"), pytest.raises(BusyError):  # before the marker is written
        held(tmp_path / "run", RUN).__enter__()


def test_leftovers_of_a_killed_process_go_and_nothing_else(tmp_path: Path) -> None:
    with held(tmp_path / "run", RUN):
        run = tmp_path / "run"
        write_folder(run / "cells" / "x", {"rows.json": b"[1]"}, {})
        put(run, "notes.tmp", ".mine.77.tmp", "cells/.bashrc.tmp", "own/.x.77.tmp", ".cache.tmp/file")
        put(tmp_path, "outside/.x.77.tmp")
        (run / "cells" / "link").symlink_to(tmp_path / "outside")
        (run / "cells" / ".link.78.tmp").symlink_to(tmp_path / "outside")
        before = everything(tmp_path)
        put(run, ".results.csv.77.tmp", ".shiftprobe.json.1.tmp")
        write_folder(run / "cells" / "y" / ".z.77.tmp", {"rows.json": b"[1]"}, {})
        sweep_leftovers(run, RUN)
        assert everything(tmp_path) == before


def linked(name: str) -> Callable[[Path, Path], None]:
    def make(folder: Path, outside: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(outside)

    return make


LINKS = [
    "lock",
    "samples",
    "figures",
    "methods",
    "cells",
    "sets",
    "cells/x",
    "probes/cka/y",
    "about.json",
    "sets/a.npy",
]


@pytest.mark.parametrize("name", LINKS)
def test_a_link_where_we_write_is_refused_and_nothing_appears_behind_it(name: str, tmp_path: Path) -> None:
    run, outside = opened(tmp_path / "run", RUN), put(tmp_path / "outside", "theirs")
    linked(name)(run, outside)
    with pytest.raises(RunError, match=rf"{name}: wanted .* of this folder's own, got a link; remove it"):
        held(run, RUN).__enter__()
    assert everything(outside) == {"theirs": b"theirs"}


@pytest.mark.parametrize("name", ["report.html", "samples", "cells/x"])
def test_a_pipe_where_we_write_is_refused(name: str, tmp_path: Path) -> None:
    run = opened(tmp_path / "run", RUN)
    (run / name).parent.mkdir(exist_ok=True)
    os.mkfifo(run / name)
    with pytest.raises(RunError, match="got no regular file; remove it"):
        held(run, RUN).__enter__()


def test_a_file_for_a_folder_and_a_folder_for_a_file_are_refused(tmp_path: Path) -> None:
    for name, (folder, got) in {"samples": (False, "a file"), "report.html": (True, "a folder")}.items():
        run = opened(tmp_path / name, RUN)
        (run / name).mkdir() if folder else put(run, name)
        with pytest.raises(RunError, match=f"got {got}; remove it"):
            held(run, RUN).__enter__()


def test_a_link_as_the_folder_is_refused_wherever_it_leads(tmp_path: Path) -> None:
    for target in ("nowhere", "there"):
        (tmp_path / "there").mkdir(exist_ok=True)
        (tmp_path / f"to {target}").symlink_to(tmp_path / target)
        with pytest.raises(SpecError, match=f"got a link to .*{target}; name the folder itself"):
            held(tmp_path / f"to {target}", RUN).__enter__()
    assert not (tmp_path / "nowhere").exists()
    assert not list((tmp_path / "there").iterdir())


def test_a_place_that_no_folder_can_have_is_one_line(tmp_path: Path) -> None:
    put(tmp_path, "file")
    for place in (tmp_path / "file", tmp_path / "file" / "run", tmp_path / ("x" * 300)):
        for open_it in (lambda place: held(place, RUN).__enter__(), lambda place: opened(place, PREVIEW)):
            with pytest.raises(ResourceError, match="choose another place"):
                open_it(place)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two classes with a picture each."""
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        Image.new("RGB", (8, 8), (name == "cat" and "red") or "blue").save(tmp_path / "photos" / name / "1.png")
    return tmp_path / "photos"


def test_our_folders_are_no_classes(photos: Path) -> None:
    before = load("photos", photos.parent)
    put(opened(photos / "audits" / "model-1", AUDIT), "samples/00-0.webp")
    put(opened(photos / "audits" / "model-2", AUDIT), "samples/00-0.webp")
    put(photos / "runs" / "digits-1", "about.json", "spec.json", "samples/1.png")  # made before
    opened(photos / "cat" / "preview", PREVIEW)
    after = load("photos", photos.parent)
    assert (after.classes, after.digest, after.skipped) == (before.classes, before.digest, before.skipped)
    assert after.classes == ("cat", "dog")
    put(photos / "audits", "1.png")  # now it is somebody else's too
    assert photos / "audits" in look(photos).folders


@pytest.mark.parametrize("place", ["", "samples", "samples/deep"])
def test_our_folders_are_no_data(place: str, tmp_path: Path) -> None:
    audit = opened(tmp_path / "audit", AUDIT)
    (audit / "samples" / "deep").mkdir(parents=True)
    assert own_above(audit / place) == audit
    with pytest.raises(DataError, match=r"got what shiftprobe wrote .*; name the folder that holds your own images"):
        load(str(audit / place), Path())


def test_nothing_is_written_into_the_data(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos)
    (photos.parent / "link").symlink_to(photos)
    told = "wanted a place beside the data, got one in .*photos, where every folder is a class; choose another"
    for out in ("", "audits", "cat/x", "../photos/y", str(photos.parent / "link" / "z")):
        for name in (str(photos), f"folder:{photos}", f"links:{photos}", "."):
            with pytest.raises(SpecError, match=told):
                check_apart(Path(out), (None, name, object()))
    check_apart(photos.parent / "out", (str(photos), "digits:mnist", "x" * 5000))
    check_apart(photos.parent, (str(photos),))
