"""A folder that transformers wrote, in audits, runs and first specs alike: one network and one preprocessing."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from tests.engine.bringing import pictures, planned
from tests.models.folders import NAMES, network, processor, saved

from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.auditing.trained_on import trained
from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.data.bundle import Bundle
from shiftprobe.engine import networks
from shiftprobe.engine.drafting import Beginning, drafted
from shiftprobe.engine.source_model import make_source
from shiftprobe.models.extract import extract
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.spec.arch_options import bare
from shiftprobe.spec.loading import load_spec, parse

TARGET = pictures(50)


@dataclass(frozen=True)
class Made:
    folder: Path
    theirs: Any
    accuracy: float


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A network whose head is solved by ridge on its own features: right on the pictures that it has seen."""
    folder = tmp_path_factory.mktemp("net")
    theirs = saved(folder, "ConvNext")
    prepare = processor("ConvNext", size={"shortest_edge": 32}, crop_pct=0.85)
    prepare.save_pretrained(folder)
    given = torch.stack(
        [torch.as_tensor(prepare(PIL.Image.fromarray(one))["pixel_values"][0]) for one in TARGET.images]
    )
    right = torch.nn.functional.one_hot(outputs(TARGET.labels), 3).double()
    with torch.no_grad():
        features = theirs.convnext(given).pooler_output.double()
        design = torch.cat([features, torch.ones(len(features), 1)], 1)
        solved = torch.linalg.lstsq(design, right).solution.float()
        theirs.classifier.weight.copy_(solved[:-1].T)
        theirs.classifier.bias.copy_(solved[-1])
        answered = theirs(given).logits.argmax(1)
    theirs.save_pretrained(folder)
    return Made(folder, theirs, float((answered == outputs(TARGET.labels)).double().mean()))


def outputs(labels: np.ndarray) -> torch.Tensor:
    """The place of each class in the head, whose names stand in another order."""
    return torch.tensor([NAMES.index(TARGET.classes[label]) for label in labels])


def test_audit_and_run_see_the_network_that_transformers_sees(made: Made, tmp_path: Path) -> None:
    audited = subject(CheckpointRequest(checkpoint=str(made.folder)), TARGET)
    assert (audited.classes, audited.facts.arch) == (NAMES, "transformers:convnext")
    assert audited.preprocess == Preprocess(32, 3, (0.5,) * 3, (0.5,) * 3, 37, "bicubic", crop="floor")
    assert audited.facts.preprocess_from.startswith("what preprocessor_config.json beside the weights says, with the")
    ready = planned(tmp_path, TARGET, {"weights": str(made.folder)})
    setup, known = ready.setup, ready.facts.checkpoint
    assert known is not None
    assert (setup.preprocess, known.sha256) == (audited.preprocess, audited.fingerprint)
    assert (known.arch, known.arch_from) == ("transformers:convnext", "told by its config.json")
    assert setup.columns == tuple(NAMES.index(name) for name in TARGET.classes)
    make_source(setup)
    for model in (audited.model, networks.source(setup)):
        assert accuracy(model, setup.preprocess, TARGET) == made.accuracy
    assert made.accuracy > 0.6  # far from a third


def accuracy(model: torch.nn.Module, how: Preprocess, bundle: Bundle) -> float:
    view = extract(model, how.images(bundle.images), bundle.labels, how, taps=(), head="classifier")
    return float((torch.from_numpy(view.logits).argmax(1) == outputs(bundle.labels)).double().mean())


def test_workers_need_the_run_alone_and_the_run_is_found_by_content(made: Made, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "net"
    shutil.copytree(made.folder, moved)
    setup = planned(tmp_path, TARGET, {"weights": str(moved)}).setup
    make_source(setup)
    shutil.rmtree(moved)
    fresh = networks.fresh(setup, 2, 0)
    assert fresh.get_parameter("classifier.weight").shape[0] == 2
    assert torch.equal(networks.source(setup).get_parameter("classifier.weight"), made.theirs.classifier.weight)
    again = planned(tmp_path, TARGET, {"weights": str(made.folder), "arch": setup.spec.model.arch}).setup
    assert again.identity["weights"] == setup.identity["weights"]
    assert again.spec.model.arch == setup.spec.model.arch


def test_a_first_spec_for_a_folder_can_be_planned(made: Made, tmp_path: Path) -> None:
    for place, (image, label) in enumerate(zip(TARGET.images, TARGET.labels, strict=True)):
        file = tmp_path / "target" / TARGET.classes[label] / f"{place}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        PIL.Image.fromarray(image).save(file)
    found = drafted(Beginning(checkpoint=str(made.folder), target=str(tmp_path / "target")), tmp_path / "first.yaml")
    assert "\n  arch: auto\n" in found.text
    model = load_spec(parse(found.text, "first.yaml")).model
    assert model.weights == str(made.folder)
    assert bare(found.whole.setup.spec.model.arch) == "transformers:convnext"


def test_the_file_within_says_that_the_folder_is_to_be_given(made: Made) -> None:
    with pytest.raises(CheckpointError, match=r"config.json lies beside it: give the folder, /") as caught:
        subject(CheckpointRequest(checkpoint=str(made.folder / "model.safetensors")), TARGET)
    given = str(caught.value).rpartition("give the folder, ")[2]
    assert subject(CheckpointRequest(checkpoint=given), TARGET).classes == NAMES


def test_a_processor_is_read_too_where_it_lies_beside_a_state_dict(made: Made, tmp_path: Path) -> None:
    import torchvision

    network = torchvision.models.shufflenet_v2_x0_5(num_classes=3)
    torch.save(network.state_dict(), tmp_path / "mine.pt")
    shutil.copy(made.folder / "preprocessor_config.json", tmp_path)
    wanted = CheckpointRequest(checkpoint=str(tmp_path / "mine.pt"), classes=NAMES)
    assert subject(wanted, TARGET).preprocess.crop == "floor"
    ready = planned(tmp_path, TARGET, {"weights": str(tmp_path / "mine.pt")}, spec_source={"classes": list(NAMES)})
    assert ready.setup.preprocess == subject(wanted, TARGET).preprocess


@pytest.mark.parametrize("flags", [{"mean": [0.5], "std": [0.5], "size": 32}])
def test_the_flags_that_a_refused_processor_asks_for_lead_on(
    made: Made, tmp_path: Path, flags: Mapping[str, object]
) -> None:
    shutil.copytree(made.folder, tmp_path / "net")
    (tmp_path / "net" / "preprocessor_config.json").write_text('{"image_processor_type": "EfficientNetImageProcessor"}')
    wanted = CheckpointRequest(checkpoint=str(tmp_path / "net"))
    with pytest.raises(SpecError, match="say it with --mean, --std and --size"):
        subject(wanted, TARGET)
    said = CheckpointRequest(checkpoint=str(tmp_path / "net"), preprocess=flags)
    assert subject(said, TARGET).preprocess == Preprocess(32, 3, (0.5,) * 3, (0.5,) * 3)
    keys = {"size": 32, "channels": 3, "mean": [0.5] * 3, "std": [0.5] * 3}
    with pytest.raises(SpecError, match=r"model.preprocess in a spec"):
        planned(tmp_path, TARGET, {"weights": str(tmp_path / "net")})
    setup = planned(tmp_path, TARGET, {"weights": str(tmp_path / "net"), "preprocess": keys}).setup
    assert setup.preprocess == subject(said, TARGET).preprocess


def test_without_a_processor_the_side_is_the_networks_and_the_rest_a_guess(tmp_path: Path) -> None:
    network("ViT").save_pretrained(tmp_path)
    found = subject(CheckpointRequest(checkpoint=str(tmp_path)), TARGET)
    assert (found.preprocess.size, found.preprocess.resize, found.preprocess_origin) == (32, 37, "usual")


def test_a_list_of_training_images_counts_inside_a_folder_too(made: Made, tmp_path: Path) -> None:
    from shiftprobe.core.files import json_bytes
    from shiftprobe.results.run_folder import TRAINED

    shutil.copytree(made.folder, tmp_path / "net")
    (tmp_path / "net" / TRAINED).write_bytes(json_bytes(["0" * 64]))
    assert trained(str(tmp_path / "net"), ()).folder == tmp_path / "net"
    assert trained(str(tmp_path / "net" / "model.safetensors"), ()).folder == tmp_path / "net"
