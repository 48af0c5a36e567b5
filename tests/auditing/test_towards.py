"""Mixing weights: ends as they are, a barrier that is proven, soups that heed it, and what is refused."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.auditing.trained import Trained

from shiftprobe.auditing.evidence import AuditEvidence
from shiftprobe.auditing.measurements import Repair
from shiftprobe.auditing.other_weights import OtherWeights, other_weights
from shiftprobe.auditing.predictions import predict
from shiftprobe.auditing.repairs.base import KeepableRepair, Tried, site_of, told
from shiftprobe.auditing.repairs.mixtures import mixed
from shiftprobe.auditing.repairs.towards import try_towards
from shiftprobe.auditing.repairs.unlabelled_steps import try_steps
from shiftprobe.auditing.request import CheckpointRequest
from shiftprobe.core.errors import CheckpointError, SpecError
from shiftprobe.engine.executors.threads import limited
from shiftprobe.models.build import build
from shiftprobe.models.formats.checkpoint import save_state
from shiftprobe.models.preprocess import Preprocess
from shiftprobe.train.adaptation import reestimate

N = 120


def few(one: Trained, count: int = N) -> AuditEvidence:
    """The first so many images of both sides."""
    places = np.arange(count)
    made = one.with_target()
    assert made.target is not None
    assert made.on_target is not None
    return replace(
        made,
        data=made.data.some(places),
        clean=made.clean.each(lambda rows: rows[places]),
        target=made.target.some(places),
        on_target=made.on_target.each(lambda rows: rows[places]),
    )


def nudged(one: Trained, seed: int, size: float = 0.01) -> OtherWeights:
    """The network with a little noise on its weights, and statistics of the target: it shares their beginning."""
    model = deepcopy(one.subject.model)
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for value in model.parameters():
            value.add_(size * torch.randn(value.shape, generator=noise))
    images = one.subject.preprocess.images([one.target.bundle.images[i] for i in one.target.index[-100:].tolist()])
    reestimate(model, images, one.subject.preprocess, "cpu")
    return OtherWeights(name=f"near{seed}.pt", sha256="1", state=model.state_dict())


def mirrored(one: Trained) -> OtherWeights:
    """The same function with its channels in another order: as good, and beyond a barrier."""
    state = {name: value.clone() for name, value in one.subject.model.state_dict().items()}
    names = list(state)
    first = state["head.weight"].shape[1]
    order = torch.randperm(first, generator=torch.Generator().manual_seed(0))
    state["head.weight"] = state["head.weight"][:, order]
    widths = [name for name in names if state[name].shape[:1] == (first,) and not name.startswith("head")]
    last = widths[-1].rpartition(".")[0]
    deepest = [name for name in widths if name.startswith(last)]
    convolution = [name for name in widths if state[name].ndim == 4][-1]
    for name in {*deepest, convolution}:
        state[name] = state[name][order]
    return OtherWeights(name="far.pt", sha256="2", state=state)


def tried(evidence: AuditEvidence) -> list[Tried]:
    with limited(1):
        return try_towards(evidence, site_of(evidence))


@pytest.fixture(scope="module")
def one_line(trained_digits: Trained) -> Repair:
    evidence = few(trained_digits)
    return told(tried(replace(evidence, towards=(nudged(trained_digits, 1),)))[0])


def test_a_mixture_is_the_weighted_mean_and_a_single_part_stays_bit_for_bit() -> None:
    a = {"w": torch.tensor([1.0, 3.0]), "count": torch.tensor(7)}
    b = {"w": torch.tensor([5.0, 1.0]), "count": torch.tensor(9)}
    assert mixed((a, b), (0.75, 0.25))["w"].tolist() == [2.0, 2.5]
    assert mixed((a, b), (0.75, 0.25))["count"] == 7
    assert mixed((a, b), (0.0, 1.0))["w"] is b["w"]


def test_the_ends_of_a_line_are_both_networks_as_they_are(trained_digits: Trained, one_line: Repair) -> None:
    evidence, other = few(trained_digits), nudged(trained_digits, 1)
    model = deepcopy(evidence.subject.model)
    model.load_state_dict(other.state)
    assert evidence.target is not None
    assert evidence.target.labels is not None
    site = site_of(evidence)
    with limited(1):
        there = predict(replace(evidence.subject, model=model), evidence.target, range(N), site.dose)
    assert one_line.path[-1].there == pytest.approx(float(there.right(evidence.target.labels).mean()))
    assert one_line.path[0].there == pytest.approx(float(site.predictions.right(evidence.target.labels).mean()))
    assert one_line.path[0].home == pytest.approx(float(evidence.clean.right(evidence.labels).mean()))
    assert [point.weight for point in one_line.path] == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_near_network_has_no_barrier_and_both_ways_to_get_statistics_are_shown(one_line: Repair) -> None:
    assert one_line.line is not None
    assert not one_line.line.apart
    assert len(one_line.averaged) == len(one_line.path)
    assert one_line.averaged[0] == one_line.path[0]
    assert one_line.averaged[-1] == one_line.path[-1]
    assert one_line.averaged != one_line.path
    assert one_line.home_n == one_line.n == N
    assert one_line.verdict == ("helps" if (one_line.low or 0) > 0 else "not shown")


def test_a_barrier_is_proven_and_keeps_soups_away(trained_digits: Trained) -> None:
    others = (nudged(trained_digits, 1), mirrored(trained_digits))
    near, far, *soups = (told(one) for one in tried(replace(few(trained_digits), towards=others)))
    assert far.line is not None
    assert far.path[-1].home == pytest.approx(far.path[0].home, abs=0.01)  # the same function
    assert far.line.apart
    assert far.line.barrier_low > 0
    assert near.line is not None
    assert not near.line.apart
    assert [one.verdict for one in soups] == ["not tried", "not tried"]
    assert all("far.pt left out, beyond a barrier" in one.reason for one in soups)


def test_soups_of_near_networks_are_judged_by_the_other_half(trained_digits: Trained) -> None:
    others = tuple(nudged(trained_digits, seed) for seed in (1, 2))
    found = tried(replace(few(trained_digits), towards=others))
    assert [told(one).name for one in found] == ["towards_1", "towards_2", "uniform_soup", "greedy_soup"]
    uniform, greedy = found[2:]
    assert isinstance(uniform, KeepableRepair)
    assert isinstance(greedy, KeepableRepair)
    assert (uniform.repair.n, greedy.repair.n) == (N, N)
    made = uniform.choice()
    assert made is not None
    weights = [trained_digits.subject.model.state_dict(), *(one.state for one in others)]
    wanted = torch.stack([one["head.weight"] for one in weights]).mean(0)
    assert made.state["head.weight"].numpy() == pytest.approx(wanted.numpy(), abs=1e-6)
    assert len(made.before) == len(made.after) == N // 2


def test_without_labels_or_with_few_images_nothing_is_chosen(trained_digits: Trained) -> None:
    others = (nudged(trained_digits, 1),)
    blind = replace(trained_digits.with_target(labelled=False), towards=others)
    assert "without labels" in told(tried(blind)[0]).reason
    scarce = replace(few(trained_digits, 30), towards=others)
    assert "at least 40 labelled images, got 30" in told(tried(scarce)[0]).reason


def test_gradient_steps_only_where_asked_and_nothing_is_kept_of_them(trained_digits: Trained) -> None:
    evidence = few(trained_digits)
    assert try_steps(evidence, site_of(evidence)) == []
    before = deepcopy(evidence.subject.model.state_dict())
    asked = replace(evidence, adapt=True)
    with limited(1):
        found = try_steps(asked, site_of(asked))
    assert [one.name for one in found] == ["tent", "sar"]
    for one in found:
        assert one.stream is not None
        assert len(one.stream.orders) == 5
        assert one.after == pytest.approx(np.mean(one.stream.orders))
        assert one.home_n == N
        assert one.stream.sorted_after <= (one.after or 0)
    assert all(torch.equal(value, before[name]) for name, value in evidence.subject.model.state_dict().items())


def written(folder: Path, trained: Trained, name: str, **more: torch.Tensor) -> str:
    path = folder / name
    path.write_bytes(save_state({**trained.subject.model.state_dict(), **more}))
    return str(path)


def test_what_is_no_weights_of_this_network_is_refused_in_one_line(trained_digits: Trained, tmp_path: Path) -> None:
    wanted, subject = CheckpointRequest(checkpoint="m.pt"), trained_digits.subject
    own = written(tmp_path, trained_digits, "own.safetensors")
    with pytest.raises(SpecError, match="the weights under audit themselves"):
        other_weights([own], subject, wanted)
    moved = written(tmp_path, trained_digits, "moved.safetensors", **{"head.bias": torch.zeros(10)})
    again = written(tmp_path, trained_digits, "again.safetensors", **{"head.bias": torch.zeros(10)})
    assert [one.name for one in other_weights([moved], subject, wanted)] == [moved]
    with pytest.raises(SpecError, match=r"the same weights as .*moved\.safetensors; name each once"):
        other_weights([moved, again], subject, wanted)
    wide = build("small_cnn", classes=7, channels=1, size=28, seed=0)
    (tmp_path / "wide.safetensors").write_bytes(save_state(wide))
    with pytest.raises(CheckpointError, match=r"wanted weights of the network under audit \(small_cnn, 10 outputs\)"):
        other_weights([str(tmp_path / "wide.safetensors")], subject, wanted)
    named = tmp_path / "named.safetensors"
    named.write_bytes(save_state(subject.model, list("jihgfedcba")))
    with pytest.raises(CheckpointError, match="wanted outputs in the order of the network under audit"):
        other_weights([str(named)], subject, wanted)
    with pytest.raises(SpecError, match="a black box has no weights to mix"):
        other_weights([moved], replace(subject, head=None), wanted)


def test_a_preprocessing_is_no_part_of_a_line(trained_digits: Trained) -> None:
    """Both ends are given what the audited network is given."""
    other = Preprocess(size=28, channels=1, mean=(0.1,), std=(0.9,))
    evidence = few(trained_digits)
    moved = replace(evidence, subject=replace(evidence.subject, preprocess=other), towards=(nudged(trained_digits, 1),))
    line, plain = told(tried(moved)[0]), told(tried(replace(evidence, towards=moved.towards))[0])
    assert line.path[-1] != plain.path[-1]
