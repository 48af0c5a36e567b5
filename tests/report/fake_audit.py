"""An audit's folder as the command leaves it, without any model: every kind of check and every status."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.verdicts_file import read

SHIFTS = ("gaussian_noise", "motion_blur", "jpeg")
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)
CLASSES = tuple("0123456789")
Plain = dict[str, Any]

HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single'",
    "\u202egnp.exe",
    "N" * 300,
    "\U0001f600\U0001f468\u200d\U0001f469",
    "two\nlines\r\x00\x1b[31m",
    "]]>",
    "%0A::error::gone",
    "A | b `c` *d*",
    "![p](http://bad.example)",
    "-->",
    "=cmd()",
)


def check(name: str, status: str, value: float | None = None, **changes: Any) -> Plain:
    kind, _, part = name.partition(":")
    ends = {} if value is None else {"low": round(value - 0.03, 4), "high": round(value + 0.03, 4), "n": 800}
    whole = {
        "name": name,
        "kind": kind,
        "title": f"{kind.replace('_', ' ').capitalize()}{f' under {part}' if part else ''}",
        "status": status,
        "gates": status in ("fail", "pass"),
        "reason": f"{name} was looked at (n = 800).",
        "value": value,
        "low": None,
        "high": None,
        "n": None,
        "unit": "fraction",
        "threshold": 0.7,
        "relation": "at least",
        "p": None,
        "p_holm": None,
        "fix": "" if status == "pass" else f"Mend {name}.",
        "evidence": kind,
        "power": None,
    }
    return {**whole, **ends, **changes}


POWER = {
    "loss": 0.03,
    "images": 800,
    "missed": 0.38,
    "wanted": 0.2,
    "needed": 1900,
    "sentence": "With 800 images this gate misses a 3-point loss 38 % of the time; "
    "1,900 images would bring it to 20 %.",
}
AT_MOST: Plain = {"relation": "at most", "threshold": 0.1}


def checks() -> list[Plain]:
    far = "Accuracy on digits:uci is 31.2 % (95 % interval 28.2 to 34.2, n = 800), below the 70 % wanted."
    fix = "Label some target images and fine-tune, or re-estimate batch statistics: see the repairs."
    return [
        check(
            "target",
            "fail",
            0.312,
            title="Accuracy on digits:uci",
            reason=far,
            fix=fix,
            power=POWER,
            p=1e-9,
            p_holm=3e-9,
        ),
        check(
            "severity:gaussian_noise",
            "cannot tell",
            0.71,
            gates=True,
            evidence="dials",
            power=POWER,
            reason="71.0 % (68.0 to 74.0, n = 800) holds the 70 % wanted inside its interval.",
            fix="Give more images.",
        ),
        check("worst_class", "warn", 0.42, reason="Class 8 reaches 42.0 % (39.0 to 45.0, n = 80).", threshold=0.5),
        check(
            "calibration", "warn", 0.14, **AT_MOST, reason="Confidence differs from accuracy by 14.0 points (n = 800)."
        ),
        check("overconfidence", "warn", 0.31, **{**AT_MOST, "threshold": 0.2}, evidence="reliability"),
        check("drift", "warn", 0.22, **{**AT_MOST, "threshold": 0.05}, evidence="target"),
        check("label_shift", "cannot tell", 0.12, **AT_MOST, gates=False),
        check("accuracy", "pass", 0.97, threshold=0.8, power=POWER),
        check("balanced_accuracy", "pass", 0.96, threshold=0.75, gates=False),
        check("skipped", "pass", 0.004, **{**AT_MOST, "threshold": 0.01}, low=None, high=None),
        check("class_order", "pass", 0.0, **AT_MOST, unit="points", low=-0.01, high=0.01),
        check(
            "preprocessing",
            "warn",
            0.15,
            **{**AT_MOST, "threshold": 0.02},
            unit="points",
            low=0.08,
            high=0.21,
            n=256,
            reason="Accuracy rises from 75.0 % to 90.0 % with mean=std=0.5 (n = 256): is your preprocessing right?",
            fix="--mean 0.5 --std 0.5",
        ),
        check("worst_group", "pass", 0.9, n=120),
        check("risk_coverage", "pass", 0.12, relation="at most", threshold=0.3, gates=False),
        *(check(f"severity:{one}", "pass", 0.9, evidence="dials") for one in SHIFTS[1:]),
        check("break_point:jpeg", "pass", 0.75, unit="dose", threshold=0.5, gates=False, low=None, high=None),
        check("attribution", "pass", 0.8, unit="ratio", threshold=0.5, gates=False, n=16),
        check("regression", "pass", -0.002, unit="points", threshold=-0.01, low=-0.008, high=0.004),
        check("transfer", "pass", 0.03, unit="points", threshold=0.0, gates=False, low=0.01, high=0.05, n=3),
        check(
            "corruption_error",
            "not done",
            reason="The policy names no reference.",
            gates=False,
            unit="ratio",
            **AT_MOST,
        ),
    ]


def dial(place: int) -> Plain:
    kept = [round(0.97 - (0.3 - 0.1 * place) * dose, 4) for dose in DOSES]
    last = DOSES[-2] if place == 0 else 1.0
    return {
        "severities": list(DOSES),
        "accuracy": kept,
        "low": [one - 0.03 for one in kept],
        "high": [min(1.0, one + 0.02) for one in kept],
        "fitted": kept,
        "lower": [one - 0.025 for one in kept],
        "n": 800,
        "floor": 0.7,
        "passes_to": last,
        "crosses_at": 0.9 if place == 0 else None,
        "confidence": [0.98 - 0.05 * dose for dose in DOSES],
        "reason": "",
    }


def bins(over: float) -> list[list[float]]:
    found = []
    for i in range(15):
        images = 4 * i
        found.append([images, images * (i + 0.5) / 15, round(images * max(0.0, (i + 0.5) / 15 - over))])
    return found


def repairs() -> list[Plain]:
    rest = {"n": 800, "labels": 0, "reason": "", "on": "target", "metric": "accuracy"}
    return [
        {
            **rest,
            "name": "bn_adapt",
            "title": "Batch statistics of the target",
            "recovers": 0.81,
            "what": "Re-estimates batch statistics on unlabelled target images.",
            "before": 0.312,
            "after": 0.845,
            "gain": 0.533,
            "low": 0.49,
            "high": 0.575,
        },
        {
            **rest,
            "name": "head",
            "title": "A new head",
            "recovers": 0.9,
            "labels": 400,
            "before": 0.312,
            "after": 0.9,
            "what": "A linear head on frozen features, cross-fitted.",
            "gain": 0.588,
            "low": 0.55,
            "high": 0.62,
        },
        {
            **rest,
            "name": "temperature",
            "title": "Temperature scaling",
            "metric": "ECE",
            "recovers": None,
            "labels": 400,
            "what": "One number divides the logits.",
            "before": 0.31,
            "after": 0.06,
            "gain": 0.25,
            "low": 0.2,
            "high": 0.29,
        },
        {
            **rest,
            "name": "preprocessing",
            "title": "Right preprocessing",
            "recovers": None,
            "before": None,
            "after": None,
            "what": "",
            "gain": None,
            "low": None,
            "high": None,
            "reason": "no alternative was better",
        },
    ]


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
    for number, name in enumerate(names):
        (path / "samples" / name).write_bytes(picture(number))
    return path


def hostile() -> Plain:
    """Every text that can come from outside is one that wants to be more than text."""
    whole = verdicts(tuple(HOSTILE[:10]), name=HOSTILE[0])
    for i, one in enumerate(whole["checks"]):
        bad = HOSTILE[i % len(HOSTILE)]
        one.update(title=bad, reason=f"{bad} n = 800", fix=bad, name=f"{one['name']}:{i}:{bad}")
    whole["sentence"] = "FAIL: " + " ".join(HOSTILE[:3] + HOSTILE[4:])
    whole["command"] = " ".join(HOSTILE)
    whole["checkpoint"].update(path=HOSTILE[5], arch=HOSTILE[8], notes=list(HOSTILE), arch_from=HOSTILE[7])
    whole["notes"] = [{"about": one, "text": one} for one in HOSTILE]
    whole["images"]["skipped"] = [{"path": one, "reason": one} for one in HOSTILE]
    whole["data"]["name"] = whole["policy_from"] = HOSTILE[9]
    whole["target"]["name"] = HOSTILE[6]
    found = whole["shown"]
    found["dials"] = {one: dial(i % 3) for i, one in enumerate(HOSTILE)}
    for i, part in enumerate((*found["groups"], *found["repairs"], *found["estimates"]["methods"], *found["worst"])):
        part.update(
            {
                key: HOSTILE[i % len(HOSTILE)]
                for key in ("name", "title", "reason", "what", "on", "label", "answer")
                if key in part
            }
        )
    found["regression"]["baseline"] = HOSTILE[0]
    found["samples"] = {}
    found["reliability"][HOSTILE[0]] = bins(0.1)
    whole["environment"]["versions"] = {HOSTILE[0]: HOSTILE[1]}
    return whole
