"""A summary as plain data: what `summary.json` holds and `--json` prints."""

from dataclasses import asdict
from typing import Any

from shiftprobe.results.model import Summary
from shiftprobe.spec.pairs import START

VERSION = 2


def to_json(summary: Summary) -> dict[str, Any]:
    """The keys of `docs/run-folder.md`; tuples stay tuples, which JSON writes as lists."""
    whole = {"version": VERSION, **asdict(summary)}
    whole["data"] = {side: _known(one) for side, one in whole["data"].items()}
    for one in (whole["labels"] or {"worth": ()})["worth"]:
        del one["p"]  # behind the sentence; the interval says as much
    for verdict in filter(None, (whole["verdict"], (whole["best"] or {}).get("verdict"))):
        if verdict["pair"] == START:
            del verdict["pair"]
    for point in (*whole["points"], *(whole["best"] or {"points": ()})["points"]):
        if point["score"] == "top1":
            del point["score"]
    usual = {"paired": True, "unshared": (), "arms_about": {}, "source_trained": "here", "source_reason": ""}
    usual |= {"unfinished": None}
    for part, kept in ((whole, usual), (whole["training"] or {}, {"early": (), "tuning": None})):
        for key in [key for key, value in kept.items() if part.get(key) == value]:
            del part[key]
    return whole


def _known(side: dict[str, Any] | None) -> dict[str, Any] | None:
    """One side of the data without the counts that do not apply to it."""
    return None if side is None else {key: value for key, value in side.items() if value is not None}
