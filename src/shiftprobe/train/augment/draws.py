"""What an augmentation is, and its draws: row i of an epoch belongs to training image i, whatever batch it is in."""

import hashlib
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core import seeding
from shiftprobe.core.digest import canonical
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape

Kind: TypeAlias = Literal["none", "crop_flip", "trivial"]
OPERATIONS, LEVELS = 14, 31  # of TrivialAugment: operations, and strengths of each
RATIO = 4 / 3  # a crop is at most this much wider than high, or higher than wide
COLUMNS = 16  # uniform numbers of an image and epoch; 13 are used, so that a new draw moves none of these


@dataclass(frozen=True, slots=True, kw_only=True)
class Augment:
    """How training images are varied; as it stands here, not at all."""

    kind: Kind = "none"  # "trivial" is a crop, a flip, then one operation of TrivialAugment
    scale: float = 1.0  # the smallest crop's share of the image's area, in (0, 1]; 1 crops nothing
    flip: bool = False  # mirror every second image left to right; off where left and right differ, as in digits
    mixup: float = 0.0  # alpha of the Beta(alpha, alpha) that weighs two images; 0 mixes nothing
    cutmix: float = 0.0  # the same for a box pasted from another image; with both, each image gets one of them

    def __post_init__(self) -> None:
        """Refuse what cannot be drawn."""
        if self.kind not in get_args(Kind):
            raise SpecError(f"train.aug: wanted one of {', '.join(get_args(Kind))}, got {escape(self.kind)}")
        if not 0 < self.scale <= 1:
            raise SpecError(f"train.scale: wanted a share of the area above 0 and up to 1, got {escape(self.scale)}")
        for name, alpha in (("mixup", self.mixup), ("cutmix", self.cutmix)):
            if not 0 <= alpha < math.inf:
                raise SpecError(f"train.{name}: wanted a number from 0 (off) up, usually .1 to 1, got {escape(alpha)}")

    @property
    def mixes(self) -> bool:
        """Whether an image is joined with a second one."""
        return self.mixup > 0 or self.cutmix > 0

    @property
    def effective(self) -> "Augment":
        """The same without what has no effect: `none` neither crops nor flips."""
        return replace(self, scale=1.0, flip=False) if self.kind == "none" else self

    @property
    def changes(self) -> bool:
        """Whether any pixel or label may move."""
        return self.effective != Augment()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draws:
    """Parameters of N images in one epoch, arrays of shape (N,); lengths are fractions of the image's side."""

    augment: Augment
    width: NDArray[np.float64]  # of the crop, in (0, 1]
    height: NDArray[np.float64]
    left: NDArray[np.float64]  # of the crop, in [0, 1 - width]
    top: NDArray[np.float64]
    flip: NDArray[np.bool_]
    operation: NDArray[np.int64]  # of TrivialAugment, 0 to 13
    level: NDArray[np.int64]  # its strength, 0 to 30
    negative: NDArray[np.bool_]  # whether a strength that has a sign is negative
    partner: NDArray[np.int64]  # another image of the whole training set
    cut: NDArray[np.bool_]  # a box of the partner is pasted in; else the two are averaged
    weight: NDArray[np.float64]  # of the image itself beside its partner, in [0, 1]; 1 where nothing is mixed
    centre_x: NDArray[np.float64]  # of the pasted box, in [0, 1)
    centre_y: NDArray[np.float64]

    def __len__(self) -> int:
        """How many images."""
        return len(self.width)

    def rows(self, part: NDArray[np.int64]) -> "Draws":
        """The draws of some images, in the order asked for."""
        chosen = {one.name: getattr(self, one.name)[part] for one in fields(self) if one.name != "augment"}
        return Draws(augment=self.augment, **chosen)


def uniforms(n: int, seed: int, epoch: int) -> NDArray[np.float64]:
    """All randomness of an epoch's augmentation, in [0, 1), (n, 16); the first rows are those of a smaller n."""
    return seeding.generator(seed, "augment", epoch).random((n, COLUMNS))


def draw(augment: Augment, n: int, *, seed: int, epoch: int) -> Draws:
    """Parameters for n training images in one epoch, from one generator at (seed, epoch).

    An image's parameters depend on its place in the training set alone: neither on its batch nor on the network, and,
    but for the partner, not on n. Two augmentations that share a part (say, the crop) share its draws.

    Args:
        augment: what is varied.
        n: training images, at least 1.
        seed: the cell's.
        epoch: from 0.

    Returns:
        Crops whose share of the area is uniform in [scale, 1], with a logarithm of width / height uniform between
        those of 3/4 and 4/3 as far as the crop fits; every second image flipped; operation, strength and sign uniform;
        a partner that is not the image itself where n > 1.

    Reference: crops as in Szegedy et al., 2015, arXiv:1409.4842; Müller and Hutter, 2021, arXiv:2103.10158; mixup:
    Zhang et al., 2018, arXiv:1710.09412; cutmix: Yun et al., 2019, arXiv:1905.04899.
    """
    now = augment.effective
    area, ratio, x, y, mirrored, operation, level, sign, which, other, weight, centre_x, centre_y = uniforms(
        n, seed, epoch
    ).T[:13]
    width, height = _crop(now.scale + (1 - now.scale) * area, ratio)
    cut = which < _share_of_cutmix(now)
    return Draws(
        augment=now,
        width=width,
        height=height,
        left=x * (1 - width),
        top=y * (1 - height),
        flip=(mirrored < 0.5) & now.flip,  # noqa: PLR2004
        operation=np.floor(operation * OPERATIONS).astype(np.int64) * (now.kind == "trivial"),
        level=np.floor(level * LEVELS).astype(np.int64),
        negative=sign < 0.5,  # noqa: PLR2004
        partner=(np.arange(n) + 1 + np.floor(other * (n - 1)).astype(np.int64)) % n,
        cut=cut,
        weight=np.where(cut, _beta(now.cutmix, weight), _beta(now.mixup, weight)),
        centre_x=centre_x,
        centre_y=centre_y,
    )


def digest(augment: Augment, n: int, *, seed: int, epochs: Iterable[int]) -> str:
    """SHA-256 of all draws of a training, in hex; equal for two trainings that see the same pixels and partners.

    The draws are a function of the augmentation and of uniform numbers, and these are what is hashed: .13 s for
    1,000 images and 1,000 epochs, and the same on every platform.
    """
    whole = hashlib.sha256(canonical(asdict(augment.effective)).encode())
    for epoch in epochs if augment.changes else ():
        whole.update(uniforms(n, seed, epoch).astype("<f8", copy=False).tobytes())
    return whole.hexdigest()


def _crop(area: NDArray[np.float64], ratio: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Width and height, as fractions of the side, of crops of such a share of the area."""
    widest = np.minimum(RATIO, 1 / area)
    shape = widest ** (2 * ratio - 1)
    return np.minimum(np.sqrt(area * shape), 1.0), np.minimum(np.sqrt(area / shape), 1.0)


def _share_of_cutmix(augment: Augment) -> float:
    if augment.mixup > 0 and augment.cutmix > 0:
        return 0.5
    return float(augment.cutmix > 0)


def _beta(alpha: float, uniform: NDArray[np.float64]) -> NDArray[np.float64]:
    """Draws of Beta(alpha, alpha) by its inverse distribution: one uniform number each, so that rows stay rows."""
    from scipy.special import betaincinv

    return np.asarray(betaincinv(alpha, alpha, uniform)) if alpha > 0 else np.ones_like(uniform)
