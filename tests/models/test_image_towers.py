"""Towers of CLIP and DINOv2 under the names that their publishers gave, with a head of one's own."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from shiftprobe.models.build import build
from shiftprobe.models.file_reading import FileReading
from shiftprobe.models.fitting import architecture, fitted
from shiftprobe.models.guess import side_for
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.models.weights import Weights, named_weights

timm = pytest.importorskip("timm", reason="needs shiftprobe[timm]")

NUMBERS = {"channels": 3, "mean": (0.5,) * 3, "std": (0.5,) * 3}


def settled_weights(tmp_path: Path, arch: str) -> Weights:
    given = named_weights(str(tmp_path / "w.pt"), reading=FileReading(head=str(tmp_path / "head.pt")))
    return architecture("w.pt", given, arch, allow_code=False)[0]


def read(tmp_path: Path, arch: str, size: int) -> tuple[nn.Module, tuple[str, ...]]:
    weights = settled_weights(tmp_path, arch)
    how = Preprocess(size=size, **NUMBERS)  # type: ignore[arg-type] # keys of one kind each
    model, bent = fitted("w.pt", weights, arch, classes=4, preprocess=how, allow_code=False)
    return model.eval(), (*weights.notes, *bent)


def drawn(arch: str, size: int, classes: int) -> nn.Module:
    """A network whose every weight, those that begin at 0 and 1 among them, moves its answers."""
    network = build(arch, classes=classes, channels=3, size=size, seed=0).eval()
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.02 * torch.randn(value.shape, generator=torch.Generator().manual_seed(1)))
    return network


def of_openai(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """timm's names and shapes of a tower as OpenAI's CLIP has them, beside a piece of its text tower."""
    words = {
        "patch_embed.proj.": "conv1.", "norm_pre.": "ln_pre.", "attn.qkv.": "attn.in_proj_",
        "attn.proj.": "attn.out_proj.",
        "blocks.": "transformer.resblocks.", "norm1.": "ln_1.", "norm2.": "ln_2.", "mlp.fc1.": "mlp.c_fc.",
        "mlp.fc2.": "mlp.c_proj.",
    }  # fmt: skip
    found = {}
    for name, value in state.items():
        new = name.replace("norm.", "ln_post.") if name.startswith("norm.") else name
        for ours, theirs in words.items():
            new = new.replace(ours, theirs)
        found["visual." + new] = value
    found["visual.class_embedding"] = found.pop("visual.cls_token")[0, 0]
    found["visual.positional_embedding"] = found.pop("visual.pos_embed")[0]
    found["visual.proj"] = found.pop("visual.head.weight").T.contiguous()
    del found["visual.head.bias"]
    return {**found, "token_embedding.weight": torch.ones(5, 8), "logit_scale": torch.tensor(4.6)}


def test_clip_with_stored_vectors_of_text_names_the_class_that_clip_names(tmp_path: Path) -> None:
    arch, size = "timm:vit_xsmall_patch16_clip_224", 224
    tower = drawn(arch, size, 512)
    with torch.no_grad():
        tower.get_parameter("head.bias").zero_()
    text = torch.randn(4, 512, generator=torch.Generator().manual_seed(2))
    torch.save({name: value.half() for name, value in of_openai(tower.state_dict()).items()}, tmp_path / "w.pt")
    torch.save(text, tmp_path / "head.pt")
    tower.load_state_dict({name: value.half().float() for name, value in tower.state_dict().items()})
    found, notes = read(tmp_path, arch, size)
    images = torch.rand(4, 3, size, size, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        vectors = tower(images)
        torch.testing.assert_close(found(images), vectors @ text.T, rtol=1e-3, atol=1e-3)
        clip = nn.functional.normalize(vectors, dim=1) @ text.T
        assert torch.equal(found(images).argmax(dim=1), clip.argmax(dim=1))
    assert any("timm's own converter" in note for note in notes)
    assert any("divides by the length of the image's vector" in note for note in notes)


@pytest.mark.parametrize("registers", [False, True])
def test_dinov2_with_a_linear_head_on_its_class_token(tmp_path: Path, registers: bool) -> None:
    """Its every weight ends where timm has it; with registers the class token's place is added to the token."""
    name = "vit_small_patch14_reg4_dinov2" if registers else "vit_small_patch14_dinov2"
    expected = {
        key: torch.randn(value.shape) for key, value in timm.create_model(name, num_classes=4).state_dict().items()
    }
    state = dict(expected)
    torch.save({"weight": state.pop("head.weight"), "bias": state.pop("head.bias")}, tmp_path / "head.pt")
    if registers:
        place = torch.randn(1, 1, 384)
        state["register_tokens"] = state.pop("reg_token")
        state["pos_embed"] = torch.cat([place, state["pos_embed"]], dim=1)
        state["cls_token"] = state["cls_token"] - place
    torch.save({**state, "mask_token": torch.ones(1, 384)}, tmp_path / "w.pt")
    found = settled_weights(tmp_path, f"timm:{name}")
    assert found.state.keys() == expected.keys()
    for key, value in expected.items():
        torch.testing.assert_close(found.state[key], value)
    assert side_for(f"timm:{name}", found.state, 224) == 518
