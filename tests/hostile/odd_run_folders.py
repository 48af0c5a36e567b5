"""Run folders with links, pipes and devices in them, manifests that name what is not theirs, and odd arrays."""

import pickle
import zipfile
from typing import Any

import numpy as np
from tests.hostile.folder_case import (
    ANSWERS,
    FIRST,
    TRAINED,
    Change,
    FolderCase,
    answers,
    arrays,
    bomb,
    cleared,
    half,
    link,
    npy,
    packed,
    pipe,
    text,
)

FILES = (
    "about.json", "spec.json", "environment.json", "summary.json", "images.csv", "groups.json", "lock", "report.html",
    "source/about.json", "gallery/gallery.json", "gallery/0.webp", f"samples/{FIRST}.npz", f"{ANSWERS}/rows.json",
    f"{ANSWERS}/manifest.json", f"cells/{TRAINED}.error.txt", f"cells/{TRAINED}/scratch/about.json",
)  # fmt: skip
FOLDERS = ("figures", "samples", "cells", "probes", "methods", "gallery", "sets")
COMMANDS = ("report", "figures", "predictions", "methods", "many", "markdown", "probe", "gain")

ODD = [
    *(FolderCase(f"a pipe: {one}", pipe(one), "refused", "a pipe") for one in FILES),
    *(FolderCase(f"the environment: {one}", link(one, "/proc/self/environ"), "refused", "a link") for one in FILES),
    *(FolderCase(f"no end: {one}", link(one, "/dev/zero"), "refused", "a link") for one in ("about.json", "lock")),
    *(FolderCase(f"leads out: {one}", link(one, "{}"), "refused", "a link") for one in FOLDERS),
    *(FolderCase(f"the lock leads out, {one}", link("lock", "{}/made"), "refused", "a link", one) for one in COMMANDS),
    *(FolderCase(f"a pipe, {one}", pipe("spec.json"), "refused", "a pipe", one) for one in COMMANDS),
    FolderCase("a folder for a file", lambda run: cleared(run / "spec.json").mkdir(), "refused", "a folder"),
    FolderCase("a link that leads nowhere", link("notes", "/nowhere"), "refused", "a link"),
    FolderCase("a link to itself", link("cells/x", "x"), "refused", "a link"),
    FolderCase("deep", lambda run: (run / "/".join("a" * 40)).mkdir(parents=True), "refused", "in each other"),
]


def manifest(names: dict[str, str], about: Any = None) -> Change:
    return text(f"{ANSWERS}/manifest.json", str({"files": names, "about": about or {}}).replace("'", '"'))


NONE = "0" * 64
MANIFESTS = [  # what such a manifest belongs to is not whole: as if it were not there
    FolderCase("names /dev/zero", manifest({"/dev/zero": NONE}), "accepted", "n/a"),
    FolderCase("names a file outside", manifest({"../../../../outside/secret.txt": NONE}), "accepted", "n/a"),
    FolderCase("names its own folder", manifest({"..": NONE, ".": NONE}), "accepted", "n/a"),
    FolderCase("names itself", manifest({"manifest.json": NONE}), "accepted", "n/a"),
    FolderCase("names files by the million", manifest({str(i): NONE for i in range(70_000)}), "accepted", "n/a"),
    FolderCase("a list", text(f"{ANSWERS}/manifest.json", "[]"), "accepted", "n/a"),
    FolderCase("deep", text(f"{ANSWERS}/manifest.json", "[" * 90_000), "accepted", "n/a"),
    FolderCase("says nothing of itself", text(f"{ANSWERS}/manifest.json", '{"files": {}, "about": 3}'), "accepted"),
]


def member(name: str, content: bytes) -> bytes:
    return packed(
        {"labels.npy": npy("{'descr': '<u2', 'fortran_order': False, 'shape': (0,)}"), f"{name}.npy": content}
    )


def many_zeros() -> bytes:
    return packed({f"{i}.npy": b"" for i in range(12_000)}, zipfile.ZIP_STORED)


HUGE = "{'descr': '<u2', 'fortran_order': False, 'shape': (%s,)}"
ARRAYS = [
    FolderCase("more than a gigabyte", answers(bomb), "refused", "unpack to"),
    FolderCase("more than it says", answers(lambda: bomb(claimed=100)), "refused", "wanted arrays"),
    FolderCase("12,000 arrays", answers(many_zeros), "refused", "more than 10,000"),
    FolderCase("no zip", answers(b"nothing"), "refused", "not a zip file"),
    FolderCase("empty", answers(b""), "refused", "not a zip file"),
    FolderCase("cut", half(f"{ANSWERS}/arrays.npz"), "refused", "not a zip file"),
    FolderCase("a pickle", arrays(lambda found: found.update(more=np.array([{}], object))), "refused", "object"),
    FolderCase("no array", answers(packed({"labels.npy": pickle.dumps(3)})), "refused", "magic"),
    FolderCase("a header that lies", answers(member("x", npy(HUGE % 10**12, b"ab"))), "refused", "says it is"),
    FolderCase("a negative shape", answers(member("x", npy(HUGE % "-1", b"ab"))), "refused", "an array of"),
    FolderCase("a header that is code", answers(member("x", npy("__import__('os')"))), "refused", "wanted arrays"),
    FolderCase(
        "another compression", answers(packed({"a.npy": b"x" * 99}, zipfile.ZIP_LZMA)), "refused", "compression"
    ),
    FolderCase("no labels", arrays(lambda found: found.pop("labels")), "refused", "wanted a class number"),
    FolderCase(
        "labels below 0", arrays(lambda a: a.update(labels=np.full(90, -1))), "refused", "wanted a class number"
    ),
    FolderCase(
        "class 10^9", arrays(lambda a: a.update(scratch=np.full(90, 10**9))), "refused", "wanted a class number"
    ),
    FolderCase("answers too few", arrays(lambda a: a.update(scratch=a["scratch"][:9])), "refused", "wanted a class"),
    FolderCase(
        "answers that are text", arrays(lambda a: a.update(scratch=np.array(["1"] * 90))), "refused", "wanted a"
    ),
    FolderCase("other images", arrays(lambda found: found.update({k: v[:50] for k, v in found.items()})), "refused"),
    FolderCase("samples of none", text(f"samples/{FIRST}.npz", member("0", b"")), "accepted", "Report"),
    FolderCase("samples of text", text(f"samples/{FIRST}.npz", b"none"), "refused", "sample images"),
    FolderCase("samples that unpack to a gigabyte", text(f"samples/{FIRST}.npz", bomb), "refused"),
]
