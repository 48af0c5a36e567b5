"""Folders as transformers and timm write them, of networks that are small and made here."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

NAMES = ("owl", "cat", "dog")  # no alphabetical order
SIDE = 32  # px


def transformers() -> Any:
    """The library, where it is installed."""
    return pytest.importorskip("transformers", reason="NOT TESTED: transformers is not installed")


def _vit(library: Any) -> Any:
    options = {"num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, "hidden_size": 32}
    return library.ViTConfig(image_size=SIDE, patch_size=8, **options)


CONFIGS: dict[str, Callable[[Any], Any]] = {
    "ViT": _vit,
    "Swin": lambda library: library.SwinConfig(
        image_size=SIDE, patch_size=2, embed_dim=16, depths=[1, 1], num_heads=[1, 2], window_size=4
    ),
    "ConvNext": lambda library: library.ConvNextConfig(hidden_sizes=[8, 16, 24, 32], depths=[1, 1, 1, 1]),
    "ResNet": lambda library: library.ResNetConfig(
        hidden_sizes=[8, 16], depths=[1, 1], embedding_size=8, layer_type="basic"
    ),
    "Dinov2": lambda library: library.Dinov2Config(
        image_size=28, patch_size=7, hidden_size=32, num_hidden_layers=2, num_attention_heads=2
    ),
}


def network(kind: str, names: tuple[str, ...] | None = NAMES) -> Any:
    """A network of transformers with drawn weights; without names the library makes some up."""
    library = transformers()
    config = CONFIGS[kind](library)
    config.num_labels = len(NAMES)
    if names is not None:
        config.id2label = dict(enumerate(names))
        config.label2id = {name: place for place, name in enumerate(names)}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        return getattr(library, f"{kind}ForImageClassification")(config).eval()


def processor(name: str, *, fast: bool = False, **options: Any) -> Any:
    """A processor of transformers, the one that resizes with Pillow or the fast one."""
    transformers()
    module, end = name.lower(), "" if fast else "_pil"
    found = importlib.import_module(f"transformers.models.{module}.image_processing{end}_{module}")
    return getattr(found, f"{name}ImageProcessor{'' if fast else 'Pil'}")(**options)


def saved(folder: Path, kind: str, *, names: tuple[str, ...] | None = NAMES, size: str = "5GB") -> Any:
    """The network, after it wrote itself into a folder, with its processor's file."""
    made = network(kind, names)
    made.save_pretrained(folder, max_shard_size=size)
    processor("ViT", size={"height": SIDE, "width": SIDE}).save_pretrained(folder)
    return made


def timm_folder(folder: Path, name: str = "resnet10t", **config: Any) -> nn.Module:
    """A classifier of timm's, after timm wrote it into a folder."""
    timm = pytest.importorskip("timm", reason="NOT TESTED: timm is not installed")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        made: nn.Module = timm.create_model(name, num_classes=len(NAMES)).eval()
    timm.models.save_for_hf(made, folder, model_config={"label_names": list(NAMES), **config}, safe_serialization=True)
    return made
