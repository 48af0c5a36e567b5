"""What became of the target: moved, turned, renamed, relabelled. Found without any training, or by none at all."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from plants import images
from plants.checkpoints import Ground, checkpoint
from plants.domains import Items
from plants.planting import Planted

Plant = Callable[[Ground, bool], Planted]


def _on_target(change: Callable[[Items], Items]) -> Plant:
    """A good checkpoint that meets a target which somebody changed."""

    def plant(where: Ground, undone: bool) -> Planted:
        target = where.domain.target
        return Planted(ground=where, state=checkpoint(where), target=target if undone else change(target))

    return plant


def _shifted(**keys: object) -> Plant:
    """A good checkpoint in a run that moves the target itself."""

    def plant(where: Ground, undone: bool) -> Planted:
        return Planted(ground=where, state=checkpoint(where), spec={} if undone else keys)

    return plant


def twin_classes(where: Ground, undone: bool) -> Planted:
    """Classes that stand there under two names each, at home and in the target."""
    domain, some = where.domain, (0, 3, 5) if len(where.domain.classes) > 5 else (0, 1)  # noqa: PLR2004 - of ten; of five
    if undone:
        return Planted(ground=where, state=checkpoint(where))
    there = replace(where, domain=domain.each(lambda items: images.twins(items, *some)))
    return Planted(ground=there, state=checkpoint(there))


def class_shares(where: Ground, undone: bool) -> Planted:
    """Classes that were rare where the checkpoint was trained are the common ones now."""
    domain, count = where.domain, len(where.domain.classes)
    rare = tuple(0.04 if label % 2 else 1.0 for label in range(count))
    common = tuple(1.0 if label % 2 else 0.15 for label in range(count))
    first = replace(
        domain,
        origin=images.with_shares(domain.origin, *rare),
        home=images.with_shares(domain.home, *rare),
        target=images.with_shares(domain.target, *(rare if undone else common)),
    )
    there = replace(where, domain=first)
    return Planted(ground=there, state=checkpoint(there), spec={"target.draw": "shares"})


PLANTS: Mapping[str, Plant] = {
    "blue_first_there": _on_target(images.swapped),
    "dark": _on_target(lambda items: images.linear(items, 0.25, 0)),
    "washed_out": _on_target(lambda items: images.linear(items, 0.3, 150)),
    "bright": _on_target(lambda items: images.linear(items, 0.5, 127)),
    "tinted": _on_target(lambda items: images.tinted(items, 0.35, 1.0, 0.35)),
    "noisy": _on_target(lambda items: images.noisy(items, 70)),
    "brightness_shift": _shifted(shifts=["brightness"], severities=[1.0]),
    "contrast_shift": _shifted(shifts=["contrast"], severities=[1.0]),
    "renamed": _on_target(images.renamed),
    "exchanged": _on_target(lambda items: images.exchanged(items, 0, 1)),
    "turned": _on_target(lambda items: images.turned(items, 1)),
    "upside_down": _on_target(lambda items: images.turned(items, 2)),
    "mirrored": _on_target(images.mirrored),
    "inverted": _on_target(images.inverted),
    "label_noise": _on_target(lambda items: images.mislabelled(items, 0.4)),
    "covered": _on_target(lambda items: images.covered(items, 0.65)),
    "waved": _on_target(lambda items: images.waved(items, 4)),
    "tiles": _on_target(lambda items: images.shuffled_patches(items, 2)),
    "twin_classes": twin_classes,
    "class_shares": class_shares,
}
"""By name."""
