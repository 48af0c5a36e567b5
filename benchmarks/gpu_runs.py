"""Stages that run the command line as users do: memory that runs out, same bytes, other devices, a kill, a preset."""

import csv
import json
import shutil
import signal
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from gpu_record import AT_END, DETERMINISTIC, POLL, Place, Record, as_they_end, run_folder, said, start
from gpu_speed import out_of_memory
from shiftprobe.models.build import build

PROBES = "accuracy,attribution,calibration,cka,distance,domain,linear,null_band,similarity,transferability"  # no umap
SMALL = ("sweep", "digits", "--shift", "rotation", "--probes", PROBES)
SMALL_SOURCE = ("--set", "source.images=200")
TINY = ("--set", "train.epochs=1", "--probes", "accuracy", "--budget", "50")
FIXED = """import torch
torch.backends.cudnn.deterministic = True
torch.use_deterministic_algorithms(True, warn_only=True)
"""
CAPPED = """import torch
if torch.cuda.is_available():
    torch.cuda.set_per_process_memory_fraction({megabytes} * 2**20 / torch.cuda.get_device_properties(0).total_memory)
"""
KILLED_AFTER = 2  # trainings


def _plugin(place: Place, name: str, content: str) -> tuple[str, ...]:
    """Flags that let a run import a file first."""
    path = place.work / f"{name}.py"
    path.write_text(content)
    return ("--set", f"plugins={json.dumps([str(path)])}", "--allow-code")


def _small(place: Place, device: str, *, seeds: int, severity: str) -> tuple[str, ...]:
    sizes = ("--device", device, "--seeds", str(seeds), "--severity", severity)
    return (*SMALL, *sizes, *(TINY if place.tiny else ()))


def memory(place: Place, record: Record) -> None:
    """Exit codes and last words when arms, the source, or a single batch do not fit into the device."""
    out_of_memory(place, record)
    checkpoint, size = place.work / "checkpoint.pt", 16 if place.tiny else 64
    torch.save(build("torchvision:resnet18", classes=10, channels=1, size=size, seed=0).state_dict(), checkpoint)
    how = json.dumps({"size": size, "channels": 1, "mean": [0.13], "std": [0.31]})
    sets = [f"model.preprocess={how}", "model.arch=torchvision:resnet18", "train.batch=2048", "train.epochs=1"]
    common = ["compare", "paper", "--seeds", "1", "--probes", "accuracy", "--device", place.device]
    common += [word for one in sets for word in ("--set", one)]
    given = ["--set", f"model.weights={checkpoint}"]
    cases: Mapping[str, tuple[int, list[str]]] = {
        "arms of one budget do not fit": (1000, [*given, "--budget", "100" if place.tiny else "100,1000"]),
        "the source's training does not fit": (1000, ["--budget", "100", *(SMALL_SOURCE if place.tiny else ())]),
        "the batch of the estimate does not fit": (150, [*given, "--budget", "100"]),
        "the network does not fit": (30, [*given, "--budget", "100"]),
    }
    going, caps = {}, {what: megabytes for what, (megabytes, _) in cases.items()}
    logs = {what: place.work / f"memory{i}.log" for i, what in enumerate(cases)}
    for what, (megabytes, flags) in cases.items():
        plugin = _plugin(place, f"cap{megabytes}", CAPPED.format(megabytes=megabytes))
        going[what] = start([*common, *flags, *plugin, "--out", str(logs[what].with_suffix(""))], logs[what])
    for what, code in as_they_end(going, place.until - AT_END):
        cap = caps[what] if place.on_gpu else None
        record.add({"what": what, "cap_mb": cap, "exit_code": code, "said": said(logs[what])})


def repeat(place: Place, record: Record) -> None:
    """One spec in several ways, side by side: same bytes of results.csv, same verdict words?"""
    sizes: dict[str, Any] = {"seeds": 2, "severity": "1"} if place.tiny else {"seeds": 3, "severity": "0.5,1"}
    fixed = _plugin(place, "fixed", FIXED)
    plain = _small(place, place.device, **sizes)
    ways: dict[str, tuple[Sequence[str], Mapping[str, str]]] = {
        "plain": (plain, {}),
        "plain again": (plain, {}),
        "deterministic": ((*plain, *fixed), DETERMINISTIC),
        "deterministic again": ((*plain, *fixed), DETERMINISTIC),
        "cpu": ((*_small(place, "cpu", **sizes), "--workers", "2" if place.tiny else "8"), {}),
        "bf16": ((*plain, "--set", "train.precision=bf16"), {}),
    }
    outs = {name: place.work / name.replace(" ", "-") for name in ways}
    going = {
        name: start([*arguments, "--out", str(outs[name])], outs[name].with_suffix(".log"), extra)
        for name, (arguments, extra) in ways.items()
    }
    runs: dict[str, Path] = {}
    for name, code in as_they_end(going, place.until - AT_END):
        run = run_folder(outs[name])
        record.add({"run": name, "exit_code": code, "said": said(outs[name].with_suffix(".log"))})
        if code == 0 and run is not None:
            runs[name] = run
    for one, other in (("plain", "plain again"), ("deterministic", "deterministic again"), ("plain", "cpu"),
                       ("plain", "deterministic"), ("bf16", "cpu")):  # fmt: skip
        if one in runs and other in runs:
            record.add(
                {"run": one, "against": other, **_bytes(runs[one], runs[other]), **_words(runs[one], runs[other])}
            )


def _bytes(one: Path, other: Path) -> dict[str, object]:
    """How far two tables are from being the same; the largest difference among fractions of images that are right."""
    files = [run / "results.csv" for run in (one, other)]
    first, second = (list(csv.DictReader(file.read_text().splitlines())) for file in files)
    changed = [(a, b) for a, b in zip(first, second, strict=False) if a["value"] != b["value"]]
    top1 = [
        abs(float(a["value"]) - float(b["value"]))
        for a, b in changed
        if a["metric"] == "top1" and a["value"] and b["value"]
    ]
    return {
        "same_bytes": files[0].read_bytes() == files[1].read_bytes(),
        "rows": len(first),
        "rows_of_the_other": len(second),
        "rows_with_another_value": len(changed),
        "furthest_top1": max(top1, default=0.0),
        "probes_that_differ": sorted({a["probe"] for a, _ in changed}),
    }


def _words(one: Path, other: Path) -> dict[str, object]:
    """The verdict words of both, the run's and each condition's."""
    first, second = (_verdicts(run) for run in (one, other))
    differing = {key: [word, second.get(key)] for key, word in first.items() if word != second.get(key)}
    return {"word": first["run"], "words": len(first), "other_words": differing}


def _verdicts(run: Path) -> dict[str, str]:
    summary: dict[str, Any] = json.loads((run / "summary.json").read_text())
    each = {f"{one['shift']}~{one['severity']}~b{one['budget']}": str(one["verdict"]) for one in summary["contrasts"]}
    return {"run": str((summary["verdict"] or {}).get("word")), **each}


def resume(place: Place, record: Record) -> None:
    """A run killed in the middle of its cells, gone on with, beside one that nobody killed."""
    arguments = (*_small(place, place.device, seeds=2, severity="1"), *_plugin(place, "fixed", FIXED))
    whole, cut = place.work / "whole", place.work / "cut"
    beside = start([*arguments, "--out", str(whole)], place.work / "whole.log", DETERMINISTIC)
    process = start([*arguments, "--out", str(cut)], place.work / "cut.log", DETERMINISTIC)
    while process.poll() is None and len(_finished(cut)) < KILLED_AFTER:
        time.sleep(POLL)
    process.send_signal(signal.SIGKILL)
    killed = process.wait()
    kept = {path: path.stat().st_mtime_ns for path in _finished(cut)}
    record.add({"what": "killed", "exit_code": killed, "trainings_finished": len(kept)})
    began = time.monotonic()
    code = start([*arguments, "--out", str(cut)], place.work / "again.log", DETERMINISTIC).wait()
    took, others = time.monotonic() - began, beside.wait()
    row: dict[str, object] = {"what": "gone on", "exit_code": code, "seconds": took, "exit_code_of_the_whole": others,
                              "said": said(place.work / "again.log")}  # fmt: skip
    runs = [run_folder(whole), run_folder(cut)]
    if code == others == 0 and runs[0] and runs[1]:
        row |= {"left_alone": all(path.stat().st_mtime_ns == time_ns for path, time_ns in kept.items()),
                "trainings": len(_finished(cut)), **_bytes(runs[0], runs[1])}  # fmt: skip
    record.add(row)


def _finished(out: Path) -> list[Path]:
    """Trainings that a run folder below holds."""
    return sorted(out.glob("*/cells/*~b*~s*/*/manifest.json"))


def fashion(place: Place, record: Record) -> None:
    """The preset gpu-fashion, narrow first and then wider: what an earlier step finished is kept."""
    if place.fashion is None:
        record.add({"what": "gpu-fashion", "skipped": "no folder of idx files; see --fashion"})
        return
    steps = [("1", "50")] if place.tiny else [("2", "1000"), ("3", "1000"), ("5", "1000,10000")]
    common = ["sweep", "gpu-fashion", "--device", place.device, "--out", str(place.work / "fashion")]
    for side in ("source", "target"):
        common += ["--set", f"{side}.data=idx:{place.fashion.resolve()}"]
    if place.tiny:
        common += ["--shift", "rotation", "--severity", "1", "--set", "model.arch=small_cnn", *SMALL_SOURCE, *TINY]
    for seeds, budgets in steps:
        record.add(_step(place, [*common, "--seeds", seeds, "--budget", budgets], f"{seeds} seeds, {budgets} labels"))


def _step(place: Place, arguments: Sequence[str], name: str) -> dict[str, object]:
    """One command; killed shortly before the stage is, so that what it did is still written down."""
    out, log = place.work / "fashion", place.work / "fashion.log"
    began, before = time.monotonic(), len(_finished(out))
    process = start(arguments, log)
    code = next(code for _, code in as_they_end({name: process}, place.until - AT_END))
    row: dict[str, object] = {"step": name, "exit_code": "no time was left" if code is None else code}
    row |= {"seconds": time.monotonic() - began, "trainings": len(_finished(out)) - before}
    row["estimate"] = [line for line in log.read_text(errors="replace").splitlines() if "cells to do" in line]
    run = run_folder(out)
    if code is None or run is None or not (run / "summary.json").exists():
        return {**row, "said": said(log)}
    shutil.copyfile(run / "report.html", place.out / "gpu-fashion.html")
    summary = json.loads((run / "summary.json").read_text())
    row |= {"verdict": (summary["verdict"] or {}).get("sentence"), "source": summary["source_accuracy"]}
    return {**row, "failed": summary["failed"][:3], "report_mb": (run / "report.html").stat().st_size / 1e6}
