"""Slices and a shortcut of a fake audit."""

from tests.report.fake_checks import Plain

NUMBERS: Plain = {
    "n": 84, "accuracy": 0.61, "low": 0.497, "high": 0.715, "rest": 0.88, "rest_n": 316, "gap": 0.27, "gap_low": 0.16,
    "gap_high": 0.39, "p": 1e-7, "p_holm": 4e-7, "images": 170, "same_classes": 0.87, "sure": 0.91,
}  # fmt: skip


def example(file: str, label: str, answer: str) -> Plain:
    return {"file": file, "place": 3, "label": label, "answer": answer, "path": None}


def slices(classes: tuple[str, ...]) -> list[Plain]:
    dark = {
        **NUMBERS, "by": "brightness", "relation": "below", "bound": 0.3,
        "classes": [{"name": classes[0], "n": 30, "right": 12, "taken_for": classes[1]}],
        "traits": [{"name": "contrast", "here": 0.05, "elsewhere": 0.3}],
        "bins": [
            {"low": 0.01, "high": 0.29, "n": 170, "right": 104, "within": True},
            {"low": 0.31, "high": 0.9, "n": 630, "right": 560, "within": False},
        ],
        "examples": [
            example("slice-data-0-0.webp", classes[0], classes[1]),
            example("slice-data-0-1.webp", classes[2], classes[2]),
        ],
    }  # fmt: skip
    rest: Plain = {"classes": [], "traits": [], "bins": [], "examples": []}
    cluster = {**NUMBERS, **rest, "by": "features", "relation": "is", "bound": "4", "same_classes": None, "sure": None}
    weak = {**NUMBERS, **rest, "by": "class", "relation": "is", "bound": classes[0]}
    return [
        {"on": "data", "n": 800, "candidates": 6, "confirmable": 0.22, "slices": [dark, cluster, weak]},
        {"on": "target", "n": 800, "candidates": 2, "confirmable": None, "slices": []},
    ]


def shortcuts(classes: tuple[str, ...]) -> list[Plain]:
    part = {"n": 400, "accuracy": 0.71, "low": 0.66, "high": 0.75, "majority": 0.2, "lift": 0.64, "p_holm": 1e-9}
    used = {"aligned": 0.97, "aligned_n": 284, "misled": 0.4, "misled_n": 116, "misled_p": 1e-12}
    unknown = {"aligned": 0.97, "aligned_n": 400, "misled": None, "misled_n": 0, "misled_p": None}
    return [{**part, **used, "by": "size", "label": None}, {**part, **unknown, "by": "margin", "label": classes[3]}]
