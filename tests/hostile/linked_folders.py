"""Folders of links, which are followed where that is asked for: in circles, to everywhere, to the same place."""

from collections.abc import Callable
from pathlib import Path

from tests.hostile.fixture import Expected, Fixture
from tests.hostile.folders import put


def _links(*more: tuple[str, str]) -> Callable[[Path], None]:
    """A class folder and one that is a link, and further links: where each stands, and where it leads."""

    def build(folder: Path) -> None:
        put(folder, "cat/good.png")
        put(folder.parent, "elsewhere/dog/good.png")
        (folder / "dog").symlink_to(folder.parent / "elsewhere" / "dog")
        for place, to in more:
            (folder / place).symlink_to(to.format(folder))

    return build


def _diamonds(folder: Path) -> None:
    """Thirty folders, each with two links to the next: a billion ways to the last."""
    _links()(folder)
    below = folder.parent / "below"
    for number in range(30):
        (below / str(number)).mkdir(parents=True)
        for name in "ab":
            (below / str(number) / name).symlink_to(below / str(number + 1))
    put(below, "30/odd.png")
    (folder / "cat" / "down").symlink_to(below / "0")


def _is(name: str, build: Callable[[Path], None], expected: Expected, because: str, images: int | None) -> Fixture:
    return Fixture(f"links_{name}", build, expected, because, data="links:{}", images=images)


LINKED: tuple[Fixture, ...] = (
    _is("classes", _links(), "accepted", "a class folder that is a link", 2),
    _is("circle", _links(("me", "{}"), ("cat/up", "{}"), ("cat/here", ".")), "accepted", "links in circles", 2),
    _is("root", _links(("all", "/"), ("above", "{}/..")), "accepted", "links to folders above this one", 2),
    _is("one_place_twice", _links(("cow", "{}/dog"), ("cat/more", "../dog")), "refused", "are one place", None),
    _is("other_disk", _links(("cat/proc", "/proc"), ("cat/sys", "/sys/kernel")), "accepted", "links to the kernel", 2),
    _is("nowhere", _links(("cat/gone", "/nowhere/at/all"), ("cat/loop", "loop")), "accepted", "links that lead nowhere",
        2),
    _is("diamonds", _diamonds, "accepted", "a billion ways to one folder", 3),
)  # fmt: skip
