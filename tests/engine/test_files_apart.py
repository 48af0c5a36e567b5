"""A head apart from its backbone: audits and runs read one network from it, and it answers as the whole one did."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from tests.engine.bringing import NAMES, pictures, planned
from torch import Tensor, nn

from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.auditing.subject import subject
from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.engine import networks
from shiftprobe.models.build import build
from shiftprobe.models.file_reading import FileReading, renames
from shiftprobe.models.weights import named_weights

State = dict[str, Tensor]
PX = 16
TWO = ("cat", "dog")


@pytest.fixture(scope="module")
def whole() -> nn.Module:
    """A network whose every weight, running statistics among them, moves its answers."""
    network = build("small_cnn", classes=3, channels=3, size=PX, seed=4).train()
    with torch.no_grad():
        network(torch.rand(64, 3, PX, PX, generator=torch.Generator().manual_seed(0)))
    return network.eval()


def body(state: Mapping[str, Tensor], prefix: str = "") -> State:
    return {prefix + name: value for name, value in state.items() if not name.startswith("head.")}


def head(state: Mapping[str, Tensor], path: str) -> State:
    return {f"{path}.{what}": state[f"head.{what}"] for what in ("weight", "bias")}


def _domainbed(state: State) -> dict[str, Any]:
    """What DomainBed's `save_checkpoint` writes of its ERM: everything stands there twice."""
    twice = {**body(state, "featurizer.network."), **head(state, "classifier")}
    twice |= {**body(state, "network.0.network."), **head(state, "network.1")}
    return {"args": {"algorithm": "ERM"}, "model_num_classes": 3, "model_num_domains": 3, "model_dict": twice}


FORMS: dict[str, Callable[[State], object]] = {
    "a sequence of dropout and a layer": lambda s: {**body(s), **head(s, "head.1")},
    "a backbone and a head": lambda s: {**body(s, "backbone."), **head(s, "head")},
    "an encoder and a classifier, in parallel": lambda s: {
        **body(s, "module.encoder."), **head(s, "module.classifier.2")
    },
    "deeper, beside a loss": lambda s: {
        "state_dict": {
            **body(s, "learner.trunk.net."), **head(s, "learner.top.fc"), "criterion.weight": torch.ones(3)
        }
    },
    "DomainBed's own": _domainbed,
    "its average beside it": lambda s: {
        **{f"model.{k}": v for k, v in s.items()}, **{f"ema_model.{k}": v + 1 for k, v in s.items()}
    },
    "robustness' own": lambda s: {
        "model": {
            **{f"module.model.{k}": v for k, v in s.items()},
            "module.normalizer.new_mean": torch.full((3, 1, 1), 0.25),
            "module.normalizer.new_std": torch.full((3, 1, 1), 0.5),
        }
    },
}  # fmt: skip


def answers(tmp_path: Path, reading: FileReading = FileReading(), names: tuple[str, ...] = NAMES) -> list[nn.Module]:  # noqa: B008
    """The network as an audit and as a run read it from `w.pt`."""
    file = str(tmp_path / "w.pt")
    target = pictures(PX, names)
    model = {"weights": file, "part": reading.part, "head_file": reading.head, "rename": dict(reading.rename) or None}
    run = planned(tmp_path, target, {key: value for key, value in model.items() if value is not None}).setup
    audited = subject(CheckpointRequest(checkpoint=file, classes=names, reading=reading), target)
    assert run.source_classes == len(names)
    return [audited.model, networks.checkpoint(run)]


def same(found: nn.Module, truth: Callable[[Tensor], Tensor]) -> bool:
    pixels = torch.rand(8, 3, PX, PX, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        return bool(torch.allclose(found(pixels), truth(pixels), atol=1e-5))


@pytest.mark.parametrize("form", FORMS)
def test_every_form_answers_as_the_whole_network(form: str, whole: nn.Module, tmp_path: Path) -> None:
    torch.save(FORMS[form](dict(whole.state_dict())), tmp_path / "w.pt")
    assert all(same(found, whole) for found in answers(tmp_path))


@pytest.mark.parametrize("form", ["a state dict", "another's name", "a tensor alone"])
def test_a_head_from_a_file_of_its_own(form: str, whole: nn.Module, tmp_path: Path) -> None:
    state = dict(whole.state_dict())
    torch.save(body(state), tmp_path / "w.pt")
    made = {
        "a state dict": {"weight": state["head.weight"], "bias": state["head.bias"]},
        "another's name": {
            "state_dict": {"module.linear.weight": state["head.weight"], "module.linear.bias": state["head.bias"]}
        },
        "a tensor alone": state["head.weight"],
    }
    torch.save(made[form], tmp_path / "head.pt")

    def truth(pixels: Tensor) -> Tensor:
        logits: Tensor = whole(pixels)
        return logits if form != "a tensor alone" else logits - whole.get_parameter("head.bias")

    reading = FileReading(head=str(tmp_path / "head.pt"))
    pixels = torch.rand(8, 3, PX, PX)
    for found in answers(tmp_path, reading):
        with torch.no_grad():
            torch.testing.assert_close(found(pixels), truth(pixels))
    notes = named_weights(str(tmp_path / "w.pt"), reading=reading).notes
    assert any("the head is from" in note for note in notes)


def test_a_head_file_goes_before_the_head_in_the_checkpoint_and_moves_the_identity(
    whole: nn.Module, tmp_path: Path
) -> None:
    state = dict(whole.state_dict())
    torch.save(
        {**state, "head.weight": torch.ones(9, state["head.weight"].shape[1]), "head.bias": torch.ones(9)},
        tmp_path / "w.pt",
    )
    torch.save({"weight": state["head.weight"], "bias": state["head.bias"]}, tmp_path / "head.pt")
    reading = FileReading(head=str(tmp_path / "head.pt"))
    assert all(same(found, whole) for found in answers(tmp_path, reading))
    first = named_weights(str(tmp_path / "w.pt"), reading=reading)
    torch.save({"weight": -state["head.weight"], "bias": state["head.bias"]}, tmp_path / "head.pt")
    assert first.sha256 != named_weights(str(tmp_path / "w.pt"), reading=reading).sha256


def test_names_that_nobody_could_know_are_said(whole: nn.Module, tmp_path: Path) -> None:
    state = {name.replace("blocks.", "vgg.stage.", 1): value for name, value in whole.state_dict().items()}
    torch.save(
        {**{k: v for k, v in state.items() if not k.startswith("head.")}, **head(dict(whole.state_dict()), "out")},
        tmp_path / "w.pt",
    )
    with pytest.raises(CheckpointError, match="fit no architecture"):
        answers(tmp_path)
    reading = FileReading(rename=renames(["vgg.stage=blocks", "out=head"]))
    assert all(same(found, whole) for found in answers(tmp_path, reading))
    notes = named_weights(str(tmp_path / "w.pt"), reading=reading).notes
    assert notes == ("`vgg.stage` was renamed to `blocks`, as asked", "`out` was renamed to `head`, as asked")


def test_the_other_network_in_a_file_is_reached_by_the_advice_of_the_note(whole: nn.Module, tmp_path: Path) -> None:
    torch.save(FORMS["its average beside it"](dict(whole.state_dict())), tmp_path / "w.pt")
    found = subject(CheckpointRequest(checkpoint=str(tmp_path / "w.pt"), classes=NAMES), pictures(PX))
    note = next(note.text for note in found.notes if "--rename" in note.text)
    advice = note.partition("--rename ")[2].split()[0]
    other = answers(tmp_path, FileReading(rename=renames([advice])))
    expected = whole.get_parameter("head.bias") + 1
    assert all(torch.equal(one.get_parameter("head.bias"), expected) for one in other)


def test_a_single_output_is_two_classes_by_a_sigmoid(whole: nn.Module, tmp_path: Path) -> None:
    state = dict(whole.state_dict())
    single = {name: value[:1] if name.startswith("head.") else value for name, value in state.items()}
    torch.save(single, tmp_path / "w.pt")
    pixels = torch.rand(8, 3, PX, PX)
    with torch.no_grad():
        truth = torch.sigmoid(whole(pixels)[:, 0])
        for found in answers(tmp_path, names=TWO):
            torch.testing.assert_close(found(pixels).softmax(dim=1), torch.stack([1 - truth, truth], dim=1))
    audited = subject(CheckpointRequest(checkpoint=str(tmp_path / "w.pt"), classes="data"), pictures(PX, TWO))
    assert audited.classes == TWO
    assert any("single output, read as binary by a sigmoid" in note.text for note in audited.notes)


def test_mean_and_std_that_stand_among_the_weights_prepare_the_images(whole: nn.Module, tmp_path: Path) -> None:
    torch.save(FORMS["robustness' own"](dict(whole.state_dict())), tmp_path / "w.pt")
    ready = planned(tmp_path, pictures(PX), {"weights": str(tmp_path / "w.pt")})
    assert (ready.setup.preprocess.mean, ready.setup.preprocess.std) == ((0.25,) * 3, (0.5,) * 3)
    assert ready.facts.checkpoint is not None
    assert ready.facts.checkpoint.preprocess_from.startswith("the mean and std that stand in the file")


def refused(tmp_path: Path, reading: FileReading, message: str) -> None:
    with pytest.raises(CheckpointError, match=message) as caught:
        answers(tmp_path, reading)
    assert "\n" not in str(caught.value)


def test_what_does_not_fit_is_refused_with_what_does(whole: nn.Module, tmp_path: Path) -> None:
    state = dict(whole.state_dict())
    torch.save(state, tmp_path / "w.pt")
    torch.save({"a.weight": torch.ones(3, 2), "b.weight": torch.ones(2, 2)}, tmp_path / "two.pt")
    torch.save({"weight": torch.ones(3, 7)}, tmp_path / "narrow.pt")
    said = {
        "two.pt: wanted the head alone, one linear layer, got 2": FileReading(head=str(tmp_path / "two.pt")),
        "none.pt: no such file": FileReading(head=str(tmp_path / "none.pt")),
        "nearest is small_cnn, but the file has other shapes in head.weight": FileReading(
            head=str(tmp_path / "narrow.pt")
        ),
        "no weight of the file is called so; did you mean 'head'": FileReading(rename=(("haed", "fc"),)),
        "two weights would be called head.weight; rename the one": FileReading(rename=(("blocks.0.2", "head"),)),
    }
    for message, reading in said.items():
        refused(tmp_path, reading, message)
    torch.save(body(state), tmp_path / "w.pt")
    refused(tmp_path, FileReading(), "it is small_cnn without its head .* gives it one")


@pytest.mark.parametrize(
    ("given", "message"), [(["a"], "wanted OLD=NEW, as trunk.head=fc, got a"), (["a=b", "a.=c"], "twice")]
)
def test_renames_are_read_or_refused(given: list[str], message: str) -> None:
    with pytest.raises(SpecError, match=message):
        renames(given)
    assert renames(["a.b.=c", "=model"]) == renames({"a.b": "c", "": "model."}) == (("a.b", "c"), ("", "model"))
    with pytest.raises(SpecError, match="published weights have their names and their head"):
        named_weights("lite0", reading=FileReading(head="h.pt"))
