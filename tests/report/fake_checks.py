"""The checks, dials and repairs of a fake audit."""

from typing import Any

Plain = dict[str, Any]
SHIFTS = ("gaussian_noise", "motion_blur", "jpeg")
DOSES = (0.0, 0.25, 0.5, 0.75, 1.0)


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
