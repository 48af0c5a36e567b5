"""The cause that lies in the number of labels: enough of them replace what the source knew."""

from shiftprobe.why.base import Explanation, Fact, Unknown, points
from shiftprobe.why.seen import HOME, Seen, where


def labels_plentiful(seen: Seen) -> Explanation | Unknown | None:
    """Transfer helps at the smallest budget and not at the largest, on the unshifted target."""
    name = "labels_plentiful"
    budgets = sorted(seen.summary["budgets"])
    if len(budgets) < 2:  # noqa: PLR2004 - a curve has two points
        if seen.word == "better":
            return None
        fewer = max(2, budgets[0] // 6)
        return Unknown(name, f"--budget {fewer},{budgets[0]}: shows whether transfer helps with fewer labels")
    small, large = seen.contrast(HOME, budgets[0]), seen.contrast(HOME, budgets[-1])
    if small is None or large is None or small["verdict"] != "better" or large["verdict"] == "better":
        return None
    if large["difference"] > small["difference"] / 2:
        return None
    steps = [(budget, seen.contrast(HOME, budget)) for budget in budgets]
    curve = "; ".join(f"{budget}: {points(one['difference'])} ({one['verdict']})" for budget, one in steps if one)
    facts = [Fact(f"transfer minus scratch {where(HOME)} by label budget, n = {small['n']} seeds each: {curve}")]
    worth = seen.summary["labels"]
    if worth and worth["sentence"]:
        facts.append(Fact(worth["sentence"]))
    return Explanation(
        name=name,
        claim=f"Labels are plentiful: with {budgets[0]} labelled images transfer helps, with {budgets[-1]} the target "
        "teaches itself.",
        grade="strong" if large["verdict"] == "equivalent" else "suggestive",
        evidence=tuple(facts),
        experiment=f"--budget {max(2, budgets[0] // 2)},{budgets[0]},{budgets[-1]}: the gain must grow as labels "
        "become fewer",
    )
