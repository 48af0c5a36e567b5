"""Folders of earlier audits that a stranger, a cut or another version may leave."""

from typing import Any

from tests.hostile.folder_case import Change, FolderCase, cleared, edited, half, link, pipe, text

ESC = "\x1b[2J\u202e"


def side(**keys: Any) -> Change:
    return edited("answers.json", lambda kept: kept["sides"]["data"].update(keys))


def baseline(name: str, change: Change, because: str) -> FolderCase:
    return FolderCase(name, change, "refused", because, "baseline")


def page(name: str, change: Change, because: str) -> FolderCase:
    return FolderCase(name, change, "refused", because, "page")


BASELINES = [
    baseline("a pipe", pipe("answers.json"), "a pipe"),
    baseline("a pipe beside", pipe("looks/x"), "a pipe"),
    baseline("the environment", link("answers.json", "/proc/self/environ"), "a link"),
    baseline("no end", link("answers.json", "/dev/zero"), "a link"),
    baseline("samples that lead out", link("samples", "{}"), "a link"),
    baseline("looks that lead out", link("looks", "{}"), "a link"),
    baseline("cut", half("answers.json"), "wanted JSON"),
    baseline("empty", text("answers.json", ""), "got: nothing"),
    baseline("a list", text("answers.json", "[]"), "answers.json"),
    baseline("deep", text("answers.json", "[" * 100_000), "wanted JSON"),
    baseline("right is text", side(right=["x"] * 60), "right"),
    baseline("right is 5", edited("answers.json", lambda a: a["sides"]["data"]["right"].__setitem__(0, 5)), "right.0"),
    baseline(
        "fewer answers than images",
        edited("answers.json", lambda a: a["sides"]["data"]["right"].__delitem__(-1)),
        "an answer to each",
    ),
    baseline("images of numbers", side(images=[1, 2]), "images"),
    baseline("sides of none", edited("answers.json", lambda a: a.pop("sides") and None), "sides"),
    baseline("a name of numbers", edited("answers.json", lambda a: a.update(name=3)), "name"),
    baseline("a number without end", text("answers.json", f'{{"name": {"9" * 5000}}}'), "the number"),
    baseline("a sparse file", lambda audit: (audit / "answers.json").open("wb").truncate(2**40), "at most"),
    baseline("a run", lambda audit: cleared(audit / "answers.json"), "no such file"),
]
PAGES = [
    page("a pipe", pipe("verdicts.json"), "a pipe"),
    page("the environment", link("verdicts.json", "/proc/self/environ"), "a link"),
    page("cut", half("verdicts.json"), "wanted JSON"),
    page("version 2", edited("verdicts.json", lambda v: v.update(version=2)), "version"),
    page("a status of another word", edited("verdicts.json", lambda v: v.update(status="<b>")), "status"),
    page("checks of text", edited("verdicts.json", lambda v: v.update(checks="x")), "checks"),
    page(
        "samples outside",
        edited("verdicts.json", lambda v: v["shown"].update(samples={"a~0.5": ["../../outside/secret.txt"]})),
        "names of pictures",
    ),
    page(
        "samples that are not there",
        edited("verdicts.json", lambda v: v["shown"].update(samples={"a~0.5": ["x.png"]})),
        "got none",
    ),
    page("a sample that is a link", link("samples/x.png", "{}/secret.txt"), "a link"),
    page("a list", text("verdicts.json", "[]"), "wanted the verdicts"),
]
AS_LEFT = [
    FolderCase("as it was left", lambda _: None, "accepted", "", "baseline"),
    FolderCase(
        "a name from far away", edited("answers.json", lambda a: a.update(name=ESC)), "accepted", "", "baseline"
    ),
    FolderCase(
        "a right answer that is true",
        edited("answers.json", lambda a: a["sides"]["data"]["right"].__setitem__(0, 1)),
        "accepted",
        "",
        "baseline",
    ),
]
AUDITS = {
    "audit folders: as a baseline": BASELINES,
    "audit folders: as a page": PAGES,
    "audit folders: as they should be": AS_LEFT,
}
