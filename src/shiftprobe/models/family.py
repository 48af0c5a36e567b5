"""Which family a network is of, since families are trained by different recipes."""

from torch import nn

from shiftprobe.spec.recipes import Family

_TOKENS = ("cls_token", "class_token", "class_embedding")


def family(model: nn.Module) -> Family:
    """A transformer has a class token, or attention in two modules or more; every other network is convolutional.

    Attention is torch's own, or a module whose class says so and that holds linear layers, as in timm, torchvision
    and transformers; gates of channels (squeeze and excitation) and one attention pool at the end are none.
    Networks with convolutions and attention in several blocks are trained as transformers are, and count as such.

    Args:
        model: any classifier.
    """
    token = any(name.endswith(_TOKENS) for name, _ in model.named_parameters())
    attention = sum(_attends(module) for module in model.modules())
    return "transformer" if token or attention > 1 else "convolutional"


def _attends(module: nn.Module) -> bool:
    if isinstance(module, nn.MultiheadAttention):
        return True
    said = type(module).__name__.lower()
    return "attention" in said and any(isinstance(child, nn.Linear) for child in module.children())
