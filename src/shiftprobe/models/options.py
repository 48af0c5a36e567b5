"""What torchvision's builders take, or others change in what they build, that no weight shows: `NAME+OPTION`."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from torch import nn

from shiftprobe.core.errors import UnknownNameError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.models.names import TORCHVISION

_RESIDUAL = r"(wide_)?resne[x]?t\d+(_\w+)?"
_BOTTLENECKS = r"(wide_)?resne[x]?t(50|101|152)(_\w+)?"
_TURNING = r"googlenet|inception_v3"


def _as_it_is(_: nn.Module) -> None:
    """Nothing is changed after building."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderOption:
    """A way to compute otherwise with the same weights."""

    name: str
    about: str  # what is different, as a clause
    families: str  # a pattern of the names that it is for
    arguments: Mapping[str, object] = field(default_factory=dict)  # for torchvision's builder
    change: Callable[[nn.Module], None] = _as_it_is  # of what was built, in place
    small_stem: bool | None = None  # whether it is for resnets with the 3x3 stem; None: for any stem
    colour: bool = False  # whether it needs three channels

    def fits(self, arch: str) -> bool:
        """Whether it is for an architecture, as torchvision spells it."""
        return re.fullmatch(self.families, arch) is not None


def _stride_first(network: nn.Module) -> None:
    """The stride of a bottleneck on its first convolution."""
    from torchvision.models.resnet import Bottleneck

    for block in network.modules():
        if isinstance(block, Bottleneck):
            block.conv1.stride, block.conv2.stride = block.conv2.stride, block.conv1.stride


def _with_max_pool(network: nn.Module) -> None:
    network.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)


def _without_max_pool(network: nn.Module) -> None:
    network.maxpool = nn.Identity()


OPTIONS: Mapping[str, BuilderOption] = {
    option.name: option
    for option in (
        BuilderOption(
            name="transform_input",
            about="takes images in ImageNet's scale and turns them into mean=std=0.5 itself, as published weights do",
            families=_TURNING,
            arguments={"transform_input": True},
            colour=True,
        ),
        BuilderOption(
            name="stride_in_1x1",
            about="halves the side in the first convolution of a bottleneck, as the first paper and Caffe's weights do",
            families=_BOTTLENECKS,
            change=_stride_first,
        ),
        BuilderOption(
            name="dilated_16",
            about="dilates its last stage instead of halving the side there",
            families=_BOTTLENECKS,
            arguments={"replace_stride_with_dilation": (False, False, True)},
        ),
        BuilderOption(
            name="dilated_8",
            about="dilates its last two stages instead of halving the side there, as segmenters do",
            families=_BOTTLENECKS,
            arguments={"replace_stride_with_dilation": (False, True, True)},
        ),
        BuilderOption(
            name="dilated",
            about="dilates its last blocks instead of halving the side there, as segmenters do",
            families=r"mobilenet_v3_\w+",
            arguments={"dilated": True},
        ),
        BuilderOption(
            name="maxpool",
            about="keeps the max pool after its 3x3 stem",
            families=_RESIDUAL,
            change=_with_max_pool,
            small_stem=True,
        ),
        BuilderOption(
            name="no_maxpool",
            about="has no max pool after its 7x7 stem",
            families=_RESIDUAL,
            change=_without_max_pool,
            small_stem=False,
        ),
    )
}
"""By name. Two of one architecture are two of its doubles; a name may hold several."""


def options_of(arch: str) -> tuple[BuilderOption, ...]:
    """Those that an architecture of torchvision's may be spelled with."""
    return tuple(option for option in OPTIONS.values() if option.fits(arch))


def chosen(arch: str, names: Iterable[str]) -> tuple[BuilderOption, ...]:
    """The options of these names.

    Args:
        arch: as torchvision spells it.
        names: what stands after each `+`.

    Raises:
        UnknownNameError: when the architecture has no such option.
    """
    known = {option.name: option for option in options_of(arch)}
    for name in names:
        if name not in known:
            there = f"{suggest(name, known)} (known: {', '.join(known)})" if known else "; it has none"
            raise UnknownNameError(f"{TORCHVISION}{arch} has no option {escape(repr(name))}{there}")
    return tuple(known[name] for name in names)
