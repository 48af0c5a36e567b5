"""The catalogue of policies: the same hostile YAML, thresholds that cannot be, and odd ones that can."""

from pathlib import Path

from tests.hostile import cases
from tests.hostile.cases import Case
from tests.hostile.pages import broken, case

from shiftprobe.auditing.policy import load_policy


def door(path: Path) -> None:
    """Read a policy, as `audit` does before it reads a checkpoint."""
    load_policy(path)


_WRONG: dict[str, tuple[str, str]] = {
    "an unknown check": ("did you mean 'accuracy'", "acuracy: {at_least: 0.9}"),
    "an unknown key in a check": ("did you mean 'at_least'", "accuracy: {at_leest: 0.9}"),
    "a threshold of another check": ("unknown key accuracy.at_most", "accuracy: {at_most: 0.9}"),
    "code": ("unknown key plugins", "plugins: [mine.py]"),
    "a factory": ("unknown key model", 'model: {arch: "os:system"}'),
    "a command": ("unknown key run", "run: touch marker"),
    "leave to run code": ("unknown key allow_code", "allow_code: true"),
    "a key with markup": ("unknown key <script>", '"<script>alert(1)</script>": 1'),
    "a key that clears the screen": (r"unknown key \x1b[2J", '"\\e[2J": 1'),
    "an unknown shift": ("did you mean 'motion_blur'", "shifts: [motion_blurr]"),
    "a shift of two lines": ("no shift named", 'shifts: ["a\\nb"]'),
    "a shift towards images": ("toward", "shifts: [toward_colour]"),
    "a shift that names code": ("no shift named", 'shifts: ["os:system"]'),
    "a shift twice": ("an entry stands there twice", "shifts: [jpeg, jpeg]"),
    "a misspelt level": ("accuracy.level", "accuracy: {level: gates}"),
    "true for a level": ("accuracy.level", "accuracy: {level: true}"),
    "a list for a level": ("accuracy.level", "accuracy: {level: [gate]}"),
    "a threshold in percent": ("accuracy.at_least", "accuracy: {at_least: 80}"),
    "a negative threshold": ("accuracy.at_least", "accuracy: {at_least: -0.1}"),
    "NaN for a threshold": ("accuracy.at_least", "accuracy: {at_least: .nan}"),
    "infinity for a threshold": ("accuracy.at_least", "accuracy: {at_least: .inf}"),
    "NaN as text": ("accuracy.at_least", 'accuracy: {at_least: "nan"}'),
    "1e400 for a threshold": ("accuracy.at_least", "accuracy: {at_least: 1e400}"),
    "true for a threshold": ("wanted a number", "accuracy: {at_least: true}"),
    "a word for a threshold": ("accuracy.at_least", "accuracy: {at_least: high}"),
    "null for a threshold": ("accuracy.at_least", "accuracy: {at_least: null}"),
    "percent as text": ("accuracy.at_least", 'accuracy: {at_least: "80 %"}'),
    "a decimal comma": ("accuracy.at_least", 'accuracy: {at_least: "0,8"}'),
    "a sexagesimal threshold": ("accuracy.at_least", "accuracy: {at_least: 1:30}"),
    "a number for a check": ("accuracy", "accuracy: 0.9"),
    "null for a check": ("accuracy", "accuracy: null"),
    "a list for a check": ("accuracy", "accuracy: [0.9]"),
    "a confidence that rounds to 1": ("wanted at most 0.9999", "confidence: 0.9999999999999999"),
    "10^30 images": ("images: ", f"images: 1{'0' * 30}"),
    "no confidence": ("confidence", "confidence: 0"),
    "certainty": ("confidence", "confidence: 1"),
    "confidence in percent": ("confidence", "confidence: 95"),
    "too few images": ("images", "images: 3"),
    "half an image": ("images", "images: 20.5"),
    "true for images": ("images", "images: true"),
    "a seed beyond 31 bits": ("seed", "seed: 4294967296"),
    "a severity beyond 1": ("write 0.3 for 30 %", "severities: [30]"),
    "severity 0 alone": ("severities: wanted one above 0", "severities: [0]"),
    "a gate at dose 0": ("severity.at", "severity: {at: 0}"),
    "a break beyond the dial": ("break_point.dose", "break_point: {dose: 1.5}"),
    "an error of nothing": ("risk_coverage.error", "risk_coverage: {error: 0}"),
    "a class of no images": ("worst_class.images", "worst_class: {images: 0}"),
    "a gain beyond 1": ("transfer.at_least", "transfer: {at_least: 2}"),
    "a reference of another shift": (
        "corruption_error.reference",
        "corruption_error: {reference: {fog: [0.1, 0.2, 0.3, 0.4]}}",
    ),
    "a reference of too few": ("corruption_error.reference", "corruption_error: {reference: {jpeg: [0.1]}}"),
    "a reference with markup": ("corruption_error.reference", 'corruption_error: {reference: {"<b>": [0.1]}}'),
    "a name that climbs out": ("name: ", "name: ../../x"),
    "a name with markup": ("name: ", 'name: "<b>x</b>"'),
    "a name that clears the screen": ("name: ", 'name: "\\e[2J"'),
    "a word for repairs": ("repairs", "repairs: perhaps"),
    "a loss of nothing": ("loss", "loss: 0"),
}

_RIGHT: dict[str, str] = {
    "an empty mapping": "{}\n",
    "1e-3 without a dot": "calibration: {at_most: 1e-3}\n",
    "a number in quotes": 'accuracy: {at_least: "0.9"}\n',
    "off as a word": "accuracy: {level: off}\n",
    "off in quotes": 'accuracy: {level: "off"}\n',
    "a check in part": "worst_class: {images: 5}\n",
    "the level alone": "severity: {level: warn}\n",
    "a byte order mark": "\ufeffname: bom\n",
    "lines of Windows": "name: crlf\r\nloss: 0.05\r\n",
    "JSON": '{"accuracy": {"at_least": 0.9}}',
    "no shifts": "shifts: []\nseverities: []\n",
    "a composition as a list": "shifts: [[jpeg, contrast]]\n",
    "exact limits": "accuracy: {at_least: 1}\nskipped: {at_most: 0}\n",
    "a reference": "corruption_error: {reference: {jpeg: [0.1, 0.2, 0.3, 0.4]}}\n",
    "comments in two scripts": "# 权重 🎯\nname: commented # and here\n",
}

FAMILIES: dict[str, tuple[Case, ...]] = {
    "policies: YAML that is broken or hostile": tuple(broken("policy", "name", "")),
    "policies: thresholds and checks that are wrong": tuple(
        case(f"policy: {what}", f"{text}\n", why) for what, (why, text) in _WRONG.items()
    ),
    "policies: odd but right": tuple(
        case(f"policy, right: {what}", text, expected="accepted") for what, text in _RIGHT.items()
    ),
}

POLICIES = tuple(one for family in FAMILIES.values() for one in family)


def counts() -> dict[str, int]:
    """How many are refused and accepted."""
    return cases.counts(POLICIES)
