"""Architectures of the same names and shapes that compute otherwise: no file tells which is meant, labels may."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TypeAlias

from torch import Tensor

from shiftprobe.models import timm_, torchvision_
from shiftprobe.models.names import OPTION, plain_of, timm_names
from shiftprobe.models.options import options_of
from shiftprobe.models.skeleton import CHANNELS, Shape, difference, has_small_stem, skeleton

_Ways: TypeAlias = Sequence[Sequence[str]]  # names of one outline, those together that compute the same

_TABLE = Path(__file__).with_name("doubles.json")  # as benchmarks/list_doubles.py writes it


def doubles(arch: str, state: Mapping[str, Tensor]) -> tuple[str, ...]:
    """The doubles of an architecture that these weights could be for as well.

    Those of torchvision are spelled with an option (`models.options`), one at a time; others go by a name of their own.

    Args:
        arch: a name of ours, with options and published weights or without.
        state: weights that fit it.
    """
    plain, shapes = _untagged(plain_of(arch)), {name: tuple(value.shape) for name, value in state.items()}
    others = [way for way in _ways(plain) if plain not in way]
    named = [name for way in others for name in _registered(way)[:1]]
    spelled = _spelled(plain, shapes) if plain.startswith(torchvision_.PREFIX) else []
    found = [*spelled, *(name for name in named if not difference(skeleton(name), shapes))]
    return tuple(name for name in dict.fromkeys([plain, *found]) if name != _bare(arch)) if found else ()


def _spelled(plain: str, shapes: Mapping[str, Shape]) -> list[str]:
    """The same name with each option that these weights leave open."""
    bones = skeleton(plain)
    stem = shapes.get(bones.stem)
    if stem is None or len(stem) != len(bones.shapes[bones.stem]):
        return []
    small = has_small_stem(bones) and stem[-1] < bones.shapes[bones.stem][-1]
    return [
        f"{plain}{OPTION}{option.name}"
        for option in options_of(plain.removeprefix(torchvision_.PREFIX))
        if option.small_stem in {None, small} and (stem[1] == CHANNELS or not option.colour)
    ]


def _bare(arch: str) -> str:
    """The name as a double is spelled: with options, also those that published weights bring."""
    if not arch.startswith(torchvision_.PREFIX):
        return _untagged(arch)
    known = torchvision_.parsed(arch.removeprefix(torchvision_.PREFIX))
    return torchvision_.PREFIX + OPTION.join((known.arch, *(option.name for option in known.options)))


def _untagged(arch: str) -> str:
    """A name of timm's without the tag of its weights."""
    return arch.partition(".")[0] if arch.startswith(timm_.PREFIX) else arch


def _registered(way: Sequence[str]) -> list[str]:
    """Those of some names whose library is there and knows them."""
    known = timm_names() if timm_.installed() else ()
    return [n for n in way if n.startswith(torchvision_.PREFIX) or n.removeprefix(timm_.PREFIX) in known]


def _ways(plain: str) -> _Ways:
    """The ways to compute with the outline of an architecture; none where there is but one."""
    return next((ways for ways in _table() if any(plain in way for way in ways)), ())


@cache
def _table() -> Sequence[_Ways]:
    found: Sequence[_Ways] = json.loads(_TABLE.read_text("utf-8"))
    return found
