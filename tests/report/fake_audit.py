"""An audit's folder as the command leaves it, without any model: every kind of check and every status."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from tests.report.fake_checks import DOSES, SHIFTS, Plain, bins, checks, dial, repairs
from tests.report.fake_slices import shortcuts, slices

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.verdicts_file import read

CLASSES = tuple("0123456789")


def shown(classes: tuple[str, ...]) -> Plain:
    counts = [[60 if i == j else (i + j) % 3 for j in range(len(classes))] for i in range(len(classes))]
    part = {"low": 0.4, "high": 0.52, "n": 80}
    method = {"low": 0.25, "high": 0.45, "error": 0.05, "reason": ""}
    return {
        "dials": {shift: dial(i) for i, shift in enumerate(SHIFTS)},
        "classes": [
            {
                "name": one,
                "n": 80,
                "right": 34 + 4 * i,
                "accuracy": (34 + 4 * i) / 80,
                "low": 0.36 + 0.04 * i,
                "high": min(1.0, 0.5 + 0.05 * i),
                "taken_for": classes[-1],
                "taken": 9,
            }
            for i, one in enumerate(reversed(classes))
        ],
        "groups": [
            {"name": "night", "accuracy": 0.46, **part},
            {"name": "day", **part, "accuracy": 0.9, "low": 0.85, "high": 0.94},
        ],
        "confusion": {"classes": list(classes), "counts": counts},
        "risk_coverage": {
            "coverage": [0.1, 0.3, 0.5, 0.7, 0.88, 1.0],
            "risk": [0.0, 0.005, 0.01, 0.02, 0.045, 0.09],
            "threshold": 0.83,
            "rejected": 0.12,
            "rejected_low": 0.1,
            "rejected_high": 0.15,
            "error": 0.05,
            "n": 800,
            "reason": "",
        },
        "prediction_sets": {
            "score": "lac",
            "promised": 0.9,
            "threshold": 0.7,
            "calibrated": 400,
            "home": {"coverage": 0.91, "low": 0.89, "high": 0.93, "n": 800, "size": 1.2, "single": 0.85, "empty": 0.0},
        },
        "reliability": {"clean": bins(0.0), "target": bins(0.4), "gaussian_noise": bins(0.2)},
        "estimates": {
            "answered": True,
            "value": 0.36,
            "low": 0.2,
            "high": 0.5,
            "n": 800,
            "confidence": 0.9,
            "reason": "",
            "methods": [
                {"name": "ATC", "value": 0.34, **method},
                {"name": "difference of confidences", "value": 0.38, **method},
                {
                    "name": "agreement",
                    "value": None,
                    "low": None,
                    "high": None,
                    "error": None,
                    "reason": "no second view",
                },
            ],
        },
        "target": {"accuracy": 0.312, "low": 0.282, "high": 0.342, "n": 800},
        "drift": {
            "auc": 0.99,
            "auc_low": 0.98,
            "auc_high": 0.995,
            "mmd_p": 0.005,
            "loss": 0.66,
            "loss_low": 0.6,
            "loss_high": 0.7,
            "harm": 0.22,
            "reason": "",
        },
        "preprocessing": {
            "tried": [
                {"name": "mean=std=0.5", "accuracy": 0.9, "gain": 0.15, "low": 0.08, "high": 0.21},
                {"name": "BGR", "accuracy": 0.74, "gain": -0.01, "low": -0.04, "high": 0.02},
            ],
            "n": 256,
            "best": "mean=std=0.5",
        },
        "repairs": repairs(),
        "attribution": {
            "shifts": {"gaussian_noise": {"rank": 0.7, "low": 0.6, "high": 0.8, "n": 16, "sanity": 0.1}},
            "method": "Grad-CAM",
            "reason": "",
        },
        "regression": {
            "baseline": "digits v1",
            "fingerprint": "ab" * 32,
            "n": 800,
            "lost_images": 3,
            "ours": 0.97,
            "theirs": 0.972,
            "difference": -0.002,
            "low": -0.008,
            "high": 0.004,
            "p": 0.72,
            "only_ours": 5,
            "only_theirs": 7,
            "per_class": [{"name": "8", "n": 80, "ours": 0.95, "theirs": 0.97, "only_ours": 1, "only_theirs": 3}],
        },
        "samples": {
            f"{shift}~{dose!r}": [f"s{i}-{dose:g}-{k}.webp" for k in range(8)]
            for i, shift in enumerate(SHIFTS)
            for dose in DOSES
        },
        "slices": slices(classes),
        "shortcuts": shortcuts(classes),
        "worst": [
            {
                "file": f"w{k}.webp",
                "label": classes[k],
                "answer": classes[-1],
                "confidence": 0.99 - 0.01 * k,
            }
            for k in range(6)
        ],
    }


def verdicts(classes: tuple[str, ...] = CLASSES, name: str = "digits") -> Plain:
    found = checks()
    return {
        "schema": "shiftprobe-verdicts",
        "version": 1,
        "status": "fail",
        "exit_code": 1,
        "sentence": "FAIL: 1 of 9 gates fails: accuracy on digits:uci is 31.2 % (28.2 to 34.2, n = 800), below 70 %.",
        "name": name,
        "command": "shiftprobe audit digits.pt --arch small_cnn --data digits:mnist --target digits:uci",
        "digest": "ab12cd34",
        "checkpoint": {
            "path": "digits.pt",
            "sha256": "0f" * 32,
            "bytes": 1_234_567,
            "format": "torch",
            "arch": "small_cnn",
            "arch_from": "given",
            "parameters": 284_234,
            "dtypes": ["float32"],
            "classes": list(classes),
            "classes_from": "the checkpoint",
            "notes": ["keys wore the prefix module."],
        },
        "preprocess": {"size": [28, 28], "channels": 1, "mean": [0.13], "std": [0.31]},
        "preprocess_from": "the spec",
        "policy": {
            "name": "default",
            "confidence": 0.95,
            "accuracy": {"at_least": 0.8, "level": "gate"},
            "shifts": list(SHIFTS),
            "target": {"at_least": 0.7, "level": "gate"},
        },
        "policy_from": "default",
        "images": {
            "used": 800,
            "available": 1000,
            "skipped": [{"path": f"b{i}.png", "reason": "0 bytes"} for i in range(30)],
        },
        "data": {"name": "digits:mnist", "classes": dict.fromkeys(classes, 80), "groups": {"night": 80, "day": 720}},
        "target": {
            "name": "digits:uci",
            "labelled": True,
            "used": 800,
            "available": 1797,
            "skipped": [],
            "classes": dict.fromkeys(classes, 80),
        },
        "notes": [{"about": "weights", "text": "Half-precision weights were read as float32."}],
        "checks": sorted(
            found, key=lambda one: ["fail", "cannot tell", "warn", "pass", "not done"].index(one["status"])
        ),
        "shown": shown(classes),
        "environment": {"python": "3.11.7", "platform": "Linux", "device": "cpu", "versions": {"torch": "2.15.0"}},
    }


def typed(found: Plain) -> Verdicts:
    """The same as they are read from a file."""
    return read(json.dumps(found).encode(), Path("verdicts.json"))


def picture(seed: int, side: int = 48) -> bytes:
    rng = np.random.default_rng(seed)
    ramp = np.broadcast_to(np.linspace(0, 200, side)[:, None, None], (side, side, 3))
    buffer = io.BytesIO()
    Image.fromarray((ramp + rng.integers(0, 55, (side, side, 3))).astype(np.uint8)).save(buffer, "WEBP", quality=80)
    return buffer.getvalue()


def write_folder(path: Path, changes: Callable[[Plain], None] | None = None, data: Plain | None = None) -> Path:
    """The folder with verdicts.json and every picture that it names."""
    found = data if data is not None else verdicts()
    if changes:
        changes(found)
    (path / "samples").mkdir(parents=True)
    (path / "verdicts.json").write_text(json.dumps(found))
    shown_ = found["shown"]
    names = [name for names in shown_.get("samples", {}).values() for name in names]
    names += [one["file"] for one in shown_.get("worst", ())]
    cut = [one for side in shown_.get("slices", ()) for one in side["slices"]]
    names += [one["file"] for part in cut for one in part["examples"]]
    for number, name in enumerate(names):
        (path / "samples" / name).write_bytes(picture(number))
    return path
