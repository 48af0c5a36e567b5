import ast
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.names import runs_code

FACTORIES = """
import torch
from torch import nn
calls = []
def good(num_classes):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(num_classes))
def wide(num_classes):
    return nn.Sequential(nn.Flatten(), nn.LazyLinear(num_classes + 1))
def text(num_classes):
    return "not a network"
def deaf():
    return nn.Identity()
class Pair(nn.Module):
    def __init__(self, num_classes):
        super().__init__()
        self.head = nn.LazyLinear(num_classes)
    def forward(self, images):
        logits = self.head(images.flatten(1))
        return logits, logits
def half(num_classes):
    return good(num_classes).double()
"""


@pytest.fixture
def factories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_networks.py").write_text(FACTORIES)
    (tmp_path / "broken_networks.py").write_text("raise OSError('no\\nlicence')")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("own_networks", "broken_networks"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return "own_networks"


def make(arch: str, seed: int = 0, *, allow_code: bool = False) -> nn.Module:
    return build(arch, classes=4, channels=1, size=16, seed=seed, allow_code=allow_code)


def same(one: nn.Module, two: nn.Module) -> bool:
    pairs = zip(one.state_dict().values(), two.state_dict().values(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("arch", ["small_cnn", "own_networks:good"])
@pytest.mark.usefixtures("factories")
def test_weights_come_from_the_seed_and_from_nothing_else(arch: str) -> None:
    first = make(arch, 3, allow_code=True)
    torch.rand(5)
    assert same(first, make(arch, 3, allow_code=True))
    assert not same(first, make(arch, 4, allow_code=True))


@pytest.mark.usefixtures("factories")
@pytest.mark.parametrize("arch", ["small_cnn", "own_networks:good"])
def test_leaves_the_process_wide_streams_alone(arch: str) -> None:
    torch.manual_seed(11)
    before, state = torch.get_rng_state(), np.random.get_state()[1].copy()  # type: ignore[index]  # noqa: NPY002
    make(arch, allow_code=True)
    assert torch.equal(before, torch.get_rng_state())
    assert np.array_equal(state, np.random.get_state()[1])  # type: ignore[index]  # noqa: NPY002


@pytest.mark.usefixtures("factories")
def test_is_in_training_mode_in_single_precision_with_untouched_statistics() -> None:
    model = make("small_cnn")
    assert all(module.training for module in model.modules())
    assert {p.dtype for p in model.parameters()} == {torch.float32}
    assert int(model.state_dict()["blocks.0.2.num_batches_tracked"]) == 0
    assert {p.dtype for p in make("own_networks:half", allow_code=True).parameters()} == {torch.float32}


@pytest.mark.parametrize(
    ("arch", "hint"),
    [
        ("smal_cnn", "did you mean 'small_cnn'"),
        ("resnet18", "torchvision:NAME"),
        ("lite", "did you mean 'lite0'"),
        ("torchvision:resnet18@V9", "known: IMAGENET1K_V1, DEFAULT"),
        ("a b:c", "known"),
        ("x:y:z", "known"),
    ],
)
def test_refuses_unknown_names(arch: str, hint: str) -> None:
    with pytest.raises(UnknownNameError, match=hint):
        check_arch(arch)
    with pytest.raises(UnknownNameError, match=hint):
        make(arch)


def test_checking_a_name_runs_no_code_and_imports_no_torchvision() -> None:
    code = (
        "import sys\nfrom shiftprobe.models.build import check_arch\n"
        "check_arch('small_cnn'); check_arch('this_does_not.exist:factory')\n"
        "raise SystemExit('torchvision' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_knows_whose_code_would_run() -> None:
    assert runs_code("my.nets:resnet")
    assert not runs_code("small_cnn")
    assert not runs_code("torchvision:resnet18")
    assert not runs_code("timm:resnet18")
    assert not runs_code("lite0")


@pytest.mark.usefixtures("factories")
def test_code_runs_only_with_leave() -> None:
    with pytest.raises(SpecError, match=r"own_networks:good: this would import and run .* --allow-code"):
        make("own_networks:good")
    assert "own_networks" not in sys.modules


@pytest.mark.usefixtures("factories")
@pytest.mark.parametrize(
    ("arch", "message"),
    [
        ("own_networks:wide", r"wanted logits \(1, 4\) from images \(1, 1, 16, 16\), got \(1, 5\)"),
        ("own_networks:Pair", "it answers a tuple, neither a tensor nor an object with .logits: wrap it"),
        ("own_networks:text", "wanted a torch.nn.Module from text"),
        ("own_networks:deaf", "got TypeError"),
        ("own_networks:missing", "got AttributeError"),
        ("nowhere_at_all:f", "ModuleNotFoundError.*PYTHONPATH"),
        ("broken_networks:f", r"OSError: no\\nlicence"),
    ],
)
def test_refuses_factories_that_give_no_classifier(arch: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        make(arch, allow_code=True)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("channels", "classes"), [(2, 4), (1, 0)])
def test_refuses_odd_channels_and_no_classes(channels: int, classes: int) -> None:
    with pytest.raises(SpecError, match="wanted"):
        build("small_cnn", classes=classes, channels=channels, size=16, seed=0)


def test_the_package_itself_imports_nothing() -> None:
    package = Path(__file__).parents[2] / "src/shiftprobe/models/__init__.py"
    assert not [n for n in ast.walk(ast.parse(package.read_text())) if isinstance(n, ast.Import | ast.ImportFrom)]
