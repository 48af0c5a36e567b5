"""Which architectures are worth holding against a file of weights, told from its size and a few of its names."""

import math
from collections.abc import Iterator, Mapping

from shiftprobe.models import timm_, torchvision_
from shiftprobe.models.head import COUNTER, guides
from shiftprobe.models.placed import HEAD
from shiftprobe.models.skeleton import OWN, Shape

_CLOSEST = 8  # classifiers of the nearest size that are looked at
_PUBLISHED_CLASSES = 1000
_PUBLISHED = {"inception_v3": 23_834_568}  # the published number counts an auxiliary head that ours lacks
_NO_PARAMETER = ("running_mean", "running_var", COUNTER, "relative_position_index", "relative_coords_table")
_ONE_OF_EACH = (
    "alexnet", "convnext_tiny", "densenet121", "efficientnet_b0", "efficientnet_v2_s", "googlenet", "inception_v3",
    "maxvit_t", "mnasnet0_5", "mobilenet_v2", "mobilenet_v3_small", "regnet_x_400mf", "regnet_y_400mf", "resnet18",
    "resnet50", "shufflenet_v2_x0_5", "squeezenet1_0", "swin_t", "swin_v2_t", "vgg11", "vgg11_bn", "vit_b_16",
)  # fmt: skip
_TIMM: Mapping[str, tuple[str, ...]] = {  # a name that tells the family, and the members that we try
    "conv_stem.weight": (
        "efficientnet_b0", "tf_efficientnet_b0", "efficientnet_lite0", "tf_efficientnet_lite0", "mobilenetv2_100",
        "mobilenetv3_small_100", "tf_mobilenetv3_small_100", "mobilenetv3_large_100", "tf_mobilenetv3_large_100",
        "tf_efficientnetv2_s",
    ),
    "blocks.0.attn.qkv.weight": (
        "vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224", "vit_base_patch32_224",
        "vit_large_patch16_224",
    ),
    "stages.0.blocks.0.conv_dw.weight": (
        "convnext_atto", "convnext_femto", "convnext_pico", "convnext_nano", "convnext_tiny", "convnext_small",
        "convnext_base",
    ),
    "layers.0.blocks.0.attn.qkv.weight": (
        "swin_tiny_patch4_window7_224", "swin_small_patch4_window7_224", "swin_base_patch4_window7_224",
    ),
    "layer1.0.conv1.weight": ("resnet10t", "resnet14t", "resnet26", "resnet26d", "resnet50d"),
    "stem.conv.weight": ("regnetx_002", "regnety_002", "regnety_004", "regnety_008"),
}  # fmt: skip


def first(shapes: Mapping[str, Shape]) -> list[str]:
    """Our own architectures, and torchvision's of about this size: most files belong to the first or second of them."""
    return [*OWN, *_closest(shapes)]


def wider(shapes: Mapping[str, Shape]) -> list[str]:
    """The same, and one of each of torchvision's families: to find what is nearest when nothing fits."""
    families = [torchvision_.PREFIX + name for name in _ONE_OF_EACH]
    return list(dict.fromkeys([*first(shapes), *families, *of_timm(shapes)]))


def of_timm(shapes: Mapping[str, Shape]) -> list[str]:
    """Those of timm's architectures that we try, where timm is installed and a name tells the family."""
    if not timm_.installed():
        return []
    return [timm_.PREFIX + name for mark, names in _TIMM.items() if _has(shapes, mark) for name in names]


def _has(shapes: Mapping[str, Shape], mark: str) -> bool:
    """Whether a name ends so, under whatever prefix."""
    return mark in shapes or any(name.endswith(f".{mark}") for name in shapes)


def _closest(shapes: Mapping[str, Shape]) -> list[str]:
    """Torchvision's classifiers whose published size is nearest, whichever weight may be the head."""
    sizes = list(_sizes(shapes))
    apart = {name: min(abs(math.log(size / count)) for size in sizes) for name, count in _counts() if sizes}
    return [torchvision_.PREFIX + name for name in sorted(apart, key=lambda name: apart[name])[:_CLOSEST]]


def _counts() -> Iterator[tuple[str, int]]:
    for name in torchvision_.names():
        weights = torchvision_.published(name)
        if weights:
            yield name, _PUBLISHED.get(name, weights["DEFAULT"].meta["num_params"])


def _sizes(shapes: Mapping[str, Shape]) -> Iterator[int]:
    """Numbers that a network has, were it made for 1,000 classes: one answer per weight that could be its head.

    The network is the whole file, or what stands under the first part of a name where its head stands apart.
    """
    mine = {n: s for n, s in shapes.items() if not n.endswith(_NO_PARAMETER) and not guides(n)}
    heads = {name: shape for name, shape in mine.items() if _may_be_head(name, shape, mine)}
    tops = {name.partition(".")[0] + "." for name in mine}
    for top in ("", *tops):
        count = sum(math.prod(shape) for name, shape in mine.items() if name.startswith(top))
        for name, shape in heads.items():
            own = shape[0] * (shape[1] + 1) if name.startswith(top) else 0
            yield max(1, count - own + _PUBLISHED_CLASSES * (shape[1] + 1))
        if not heads and (widths := [shape[0] for name, shape in mine.items() if len(shape) == 1]):
            yield count + _PUBLISHED_CLASSES * (widths[-1] + 1)


def _may_be_head(name: str, shape: Shape, mine: Mapping[str, Shape]) -> bool:
    has_bias = mine.get(name.removesuffix("weight") + "bias") == shape[:1] or name.startswith(HEAD)
    return len(shape) > 1 and set(shape[2:]) <= {1} and has_bias
