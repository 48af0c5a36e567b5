import subprocess
import sys

import pytest
import torch

from shiftprobe.core.errors import SpecError, UnknownNameError
from shiftprobe.core.types import PENULTIMATE
from shiftprobe.models import timm_
from shiftprobe.models.build import build, check_arch
from shiftprobe.models.head import head_name
from shiftprobe.models.names import check_name, timm_names
from shiftprobe.models.taps import tap_names

needs_timm = pytest.mark.skipif(not timm_.installed(), reason="NOT TESTED: timm is not installed")


@needs_timm
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    ("name", "size"), [("resnet10t", 32), ("vit_tiny_patch16_224", 48), ("convnext_atto", 32), ("resnet18.a1_in1k", 32)]
)
def test_families_are_built_for_our_images(name: str, size: int, channels: int) -> None:
    model = build(f"timm:{name}", classes=7, channels=channels, size=size, seed=0)
    taps = tap_names(model, head_name(model, 7))
    assert taps[-1] == PENULTIMATE
    assert len(taps) > 4


@needs_timm
def test_the_last_stage_is_read_as_a_map_and_not_after_the_pooling() -> None:
    model = build("timm:resnet18", classes=7, channels=3, size=32, seed=0)
    assert tap_names(model, "fc") == ("maxpool", "layer1", "layer2", "layer3", "layer4", PENULTIMATE)


@needs_timm
def test_weights_come_from_the_seed() -> None:
    one, two, other = (
        torch.cat([v.flatten() for v in build("timm:resnet10t", classes=2, channels=3, size=32, seed=s).parameters()])
        for s in (5, 5, 6)
    )
    assert torch.equal(one, two)
    assert not torch.equal(one, other)


@needs_timm
@pytest.mark.parametrize("name", ["resnet81", "hf-hub:somebody/anything", "local-dir:/tmp", "", "resnet18.nobody"])
def test_refuses_unknown_names_hubs_and_folders(name: str) -> None:
    with pytest.raises(UnknownNameError, match="timm"):
        check_arch(f"timm:{name}")


@needs_timm
def test_a_size_that_a_network_cannot_take_is_one_line() -> None:
    with pytest.raises(SpecError, match="timm:vit_tiny_patch16_224") as caught:
        build("timm:vit_tiny_patch16_224", classes=2, channels=3, size=8, seed=0)
    assert "\n" not in str(caught.value)


def test_without_timm_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timm_, "installed", lambda: False)
    with pytest.raises(SpecError, match=r"timm is not installed; pip install 'shiftprobe\[timm\]'"):
        check_arch("timm:resnet18")


def test_timm_is_imported_only_when_it_is_asked_for() -> None:
    code = (
        "import sys\nfrom shiftprobe.models.build import check_arch\nimport shiftprobe.models.published\n"
        "check_arch('lite0'); raise SystemExit('timm' in sys.modules or 'huggingface_hub' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@needs_timm
def test_names_read_in_its_source_are_those_that_it_registers() -> None:
    import timm

    assert set(timm_names()) == set(timm.list_models())


def test_a_name_of_timm_is_refused_where_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shiftprobe.models.names.find_spec", lambda _: None)
    with pytest.raises(SpecError, match="timm is not installed; pip install"):
        check_name("timm:resnet18")


def test_names_that_cannot_be_read_are_left_to_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shiftprobe.models.names.find_spec", lambda _: object())
    monkeypatch.setattr("shiftprobe.models.names.timm_names", tuple)
    check_name("timm:of_the_future")
