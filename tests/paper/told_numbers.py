"""Every number of a paragraph against the files of its run, read as plain JSON: nothing of ours computes them."""

import re
from typing import Any

Files = dict[str, Any]  # summary, spec and environment, as they stand in the run folder
NUMBER = r"([+-]?[\d,]+(?:\.\d+)?)"


def unexplained(text: str, files: Files) -> list[str]:
    """What is left of the numbers when every clause with a number was held against its file.

    Raises:
        AssertionError: when a clause holds another number than the file.
    """
    left = re.sub(r"\[@[^\]]*\]", "", text)
    for name in sorted(_names(files), key=len, reverse=True):
        left = left.replace(name, "NAME")
    for pattern, wanted in _clauses(files):
        for found in re.finditer(pattern, left):
            told = [group.replace(",", "") for group in found.groups()]
            assert told in wanted, f"{found[0]!r}: got {told}, wanted one of {wanted}"
        left = re.sub(pattern, "", left)
    return re.findall(r"[^ ]*\d[^ ]*", left)


def _names(files: Files) -> set[str]:
    summary, environment = files["summary"], files["environment"]
    sides = [side["name"].rpartition("/")[2] for side in summary["data"].values() if side]
    versions = [f" {version}" for version in environment["versions"].values()]
    named = [*summary["arms"], *summary["shifts"], *sides, files["spec"]["model"]["arch"], *versions]
    badges = [mark["label"] for one in summary["verdicts"] for mark in one["marks"] if mark["label"]]
    constants = ["95 %", "float32", "momentum 0.9"]
    return {*named, *badges, *constants, environment["python"], f"{summary['name']}-{summary['digest']}"}


def _clauses(files: Files) -> list[tuple[str, list[list[str]]]]:
    """Patterns, each with the numbers that its groups may hold."""
    recipes = list(((files["summary"]["training"] or {}).get("recipes") or {}).values())
    return [
        *_of_flips(files.get("flips") or {}),
        *_of_data(files),
        *_of_parts(recipes),
        *_of_recipe(files),
        *_of_verdicts(files["summary"]),
    ]


def _of_flips(kept: Files) -> list[tuple[str, list[list[str]]]]:
    """The sentence about single images, where too few seeds can call one, and where enough do."""
    found = kept.get("flips")
    if not found:
        return []
    seeds, images, jitter = str(len(found["seeds"])), str(found["images"]), str(found["counts"]["jitter"])
    hurt, helped = str(found["counts"]["hurt"]), str(found["counts"]["helped"])
    basis = rf"n = {NUMBER} seeds?, {NUMBER} test images(?:, \d+ conditions)?"
    return [
        (
            rf"With {NUMBER} seeds? no single test image .* disagree on {NUMBER} of {NUMBER}\b",
            [[seeds, jitter, images]],
        ),
        (
            rf"hurts {NUMBER} and helps {NUMBER} beyond .*\({basis}\), at a false .* on another {NUMBER} only",
            [[hurt, helped, seeds, images, jitter]],
        ),
    ]


def _of_data(files: Files) -> list[tuple[str, list[list[str]]]]:
    summary = files["summary"]
    target, source, home = summary["data"]["target"], summary["data"]["source"] or {}, summary["source_accuracy"] or {}
    skipped = [[str(side.get("skipped"))] for side in (target, source)]
    return [
        (rf"with {NUMBER} class", [[str(len(target["classes"]))]]),
        (rf"{NUMBER} images? may train an arm", [[str(target.get("pool"))]]),
        (rf"{NUMBER} images? test it", [[str(target["test"])]]),
        (rf"data seed {NUMBER}", [[str(files["spec"]["data_seed"])]]),
        (rf"{NUMBER} images? to train the checkpoint", [[str(source.get("train"))]]),
        (rf"{NUMBER} images? held out", [[str(source.get("test"))]]),
        (
            rf"On {NUMBER} held-out images? the checkpoint is right on {NUMBER} % \(NAME Wils.* {NUMBER} to {NUMBER}\)",
            [[str(home.get("n")), *(_points(home.get(key)) for key in ("value", "low", "high"))]],
        ),
        (rf"{NUMBER} (?:target|source) files? could not be read", skipped),
        (rf"{NUMBER} target images? whose content", [[str(target.get("refused"))]]),
        (rf"{NUMBER} training images? whose content", [[str(target.get("duplicates"))]]),
        (rf"{NUMBER} test images? with a near-duplicate", [[str(target.get("near_duplicates"))]]),
        (rf"severity 1 is a mean 1 - SSIM of {NUMBER}", [[f"{(summary.get('scale') or {'common': 0})['common']:.3f}"]]),
    ]


def _of_recipe(files: Files) -> list[tuple[str, list[list[str]]]]:
    summary, spec = files["summary"], files["spec"]
    train, size = spec["train"], summary["preprocess"] or {}
    rates = train["tune"]["lr"] if train["tune"] else [train.get("lr", 0.002)]
    severities = [one for one in summary["severities"] if one > 0]
    conditions = str(1 + len(summary["shifts"]) * len(severities))
    seeds, budgets = summary["seeds"], summary["budgets"]
    following = len(seeds) > 2 and seeds == list(range(seeds[0], seeds[-1] + 1))
    epochs = spec["source"]["epochs"] or train.get("epochs")
    return [
        (rf"images of {NUMBER} px and {NUMBER} channel", [[str(size.get("size")), str(size.get("channels"))]]),
        (rf"in {NUMBER} conditions", [[conditions]]),
        (rf"over {NUMBER} conditions", [[conditions]]),
        (rf"The {NUMBER} conditions of a pair", [[conditions]]),
        (_list_of("severit(?:y|ies)", severities), [[f"{one:g}" for one in severities]]),
        (_list_of("trains with", budgets), [[str(one) for one in budgets]]),
        (rf"in {NUMBER} epochs? of batches of {NUMBER}", [[str(train.get("epochs")), str(train.get("batch"))]]),
        (rf"the same way for {NUMBER} epoch", [[str(epochs)]]),
        (rf"Of every budget {NUMBER} %", [[f"{100 * train['validation']:g}"]]),
        (_list_of("learning rates?", rates), [[f"{rate:g}" for rate in rates]]),
        (rf"repeated with {NUMBER} seed", [[str(len(seeds))]]),
        (rf"\({NUMBER} to {NUMBER}\); a seed", [[str(seeds[0]), str(seeds[-1])]]) if following
        else (_list_of(r"s? \(", seeds, between=""), [[str(seed) for seed in seeds]]),
        (rf"within ±{NUMBER} points", [[f"{100 * summary['margin']:g}"]]),
    ]  # fmt: skip


def _of_parts(recipes: list[Files]) -> list[tuple[str, list[list[str]]]]:
    """Each part of the recipes, where a run keeps them; none of another run's clauses is touched."""
    if not recipes:
        return []

    def told(key: str, by: float = 1.0) -> list[list[str]]:
        return [[f"{by * (one[key] or 0):g}"] for one in recipes]

    lengths = [[str(one["min_steps"]), str(one["epochs"]), str(one["batch"])] for one in recipes]
    return [
        (rf"weight decay {NUMBER} \(never", told("weight_decay")),
        (rf"label smoothing {NUMBER}", told("smoothing")),
        (rf"falls by {NUMBER} per block", told("layer_decay")),
        (rf"clipped at norm {NUMBER}", told("clip_grad")),
        (rf"warm-up over {NUMBER} % of the steps", told("warmup", 100)),
        (rf"of at least {NUMBER} % of the area", told("scale", 100)),
        (rf"at least {NUMBER} steps and {NUMBER} epochs of batches of {NUMBER}", lengths),
        (rf"in {NUMBER} epochs? of batches of {NUMBER}", [[one[1], one[2]] for one in lengths]),
        (rf"{NUMBER} for NAME", told("lr")),
        (rf"at the learning rate {NUMBER}", told("lr")),
    ]


def _list_of(before: str, numbers: list[Any], between: str = " ") -> str:
    joints = [", "] * (len(numbers) - 2) + [" and "] * (len(numbers) > 1)
    parts = [part for pair in zip([NUMBER] * len(numbers), [*joints, ""], strict=False) for part in pair]
    return before + between + "".join(parts)


def _of_verdicts(summary: Files) -> list[tuple[str, list[list[str]]]]:
    heads: list[list[str]] = []
    families: list[list[str]] = []
    astray: list[list[str]] = []
    for judged in summary["verdicts"]:
        found = judged["contrast"]
        if not found:
            continue
        both = found["both_low"] is not None and found["both_high"] is not None
        ends = [found["both_low"], found["both_high"]] if both else [found["low"], found["high"]]
        ends_said = [f"{100 * end:+z.1f}" for end in ends if end is not None]
        images = [str(found["images"])] if found["images"] else []
        start = [str(max(summary["budgets"])), f"{100 * found['difference']:+z.1f}"]
        heads.append([*start, *ends_said, *([str(found["n"])] if found["n"] else []), *images])
        here = [
            pair
            for pair in summary["contrasts"]
            if [pair["a"], pair["b"]] == judged["pair"] and pair["budget"] == max(summary["budgets"])
            if pair["difference"] is not None
        ]
        clear = [pair["difference"] for pair in here if pair["p_holm"] is not None and pair["p_holm"] < 0.05]
        above = sum(value > 0 for value in clear)
        families.append([str(above), str(len(clear) - above), str(len(here))])
        astray += [[str(a["count"]), str(a["n"]), _points(a["low"]), _points(a["high"])] for a in found["astray"]]
    middle = rf" labelled images? NAME minus NAME is {NUMBER} points \("
    interval = rf"NAME interval over (?:seeds|test images|seeds and test images) {NUMBER} to {NUMBER}, "
    return [
        (rf"{NUMBER}{middle}{interval}n = {NUMBER} seeds?, {NUMBER} test images?", heads),
        (rf"{NUMBER}{middle}{interval}n = {NUMBER} seed", heads),
        (rf"{NUMBER}{middle}{interval}no seed moves either arm, {NUMBER} test images?", heads),
        (rf"{NUMBER}{middle}n = {NUMBER} seeds?, {NUMBER} test images?", heads),
        (rf"{NUMBER}{middle}n = {NUMBER} seed", heads),
        (rf"better in {NUMBER} and worse in {NUMBER} of {NUMBER} after", families),
        (rf"astray: {NUMBER} of {NUMBER} trainings? of NAME \(exact NAME interval {NUMBER} to {NUMBER} %\)", astray),
        (rf"{NUMBER} cells? failed", [[str(len(summary["failed"]))]]),
    ]


def _points(fraction: float | None) -> str:
    return "" if fraction is None else f"{100 * fraction:z.1f}"
