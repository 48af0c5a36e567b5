from dataclasses import replace

import numpy as np
import pytest
import torch
from tests.train.test_augment_pixels import images
from torch.nn import functional
from torchvision.transforms import v2

from shiftprobe.train.augment import Augment, Draws, draw, mixed, mixed_loss, shares


def rows(n: int, **parts: float) -> Draws:
    return draw(Augment(**parts), n, seed=0, epoch=0)  # type: ignore[arg-type]


def test_mixup_averages_two_images_by_their_weights() -> None:
    own, partners = images(9, floats=True), images(10, floats=True)[:9]
    how = rows(9, mixup=0.8)
    wanted = [w * a + (1 - w) * b for w, a, b in zip(how.weight, own.numpy(), partners.numpy(), strict=True)]
    assert mixed(own, partners, how).numpy() == pytest.approx(np.stack(wanted), abs=1e-6)
    assert shares(how, 20, 24) == pytest.approx(how.weight)


def test_cutmix_pastes_a_box_of_the_partner() -> None:
    how = replace(rows(1, cutmix=1.0), weight=np.array([0.75]), centre_x=np.array([0.5]), centre_y=np.array([0.0]))
    found = mixed(torch.zeros(1, 1, 8, 12), torch.ones(1, 1, 8, 12), how)
    wanted = np.zeros((8, 12))
    wanted[0:2, 3:9] = 1  # a quarter of the area, half of it above the frame
    assert found[0, 0].numpy().tolist() == wanted.tolist()
    assert shares(how, 8, 12).tolist() == [1 - 12 / 96]


def test_cutmix_is_torchvisions_for_the_same_box() -> None:
    own = images(2, floats=True)
    how = rows(40, cutmix=1.0)
    for i in range(40):
        one = replace(how.rows(np.array([i, i])), partner=np.array([1, 0]))
        x, y, half = how.centre_x[i], how.centre_y[i], 0.5 * np.sqrt(1 - how.weight[i])
        (left, right), (top, bottom) = (
            (max(int(at * side) - int(half * side), 0), min(int(at * side) + int(half * side), side))
            for at, side in ((x, 24), (y, 20))
        )
        params = {"labels": None, "batch_size": 2, "box": (left, top, right, bottom)}
        assert torch.equal(mixed(own, own.flip(0), one), v2.CutMix(num_classes=2).transform(own, params))
        covered = (right - left) * (bottom - top) / 480
        assert shares(one, 20, 24) == pytest.approx([1 - covered] * 2)


def test_nothing_is_mixed_where_nothing_is_asked() -> None:
    own = images(5, floats=True)
    assert torch.equal(mixed(own, images(6, floats=True)[:5], rows(5)), own)
    assert shares(rows(5), 20, 24).tolist() == [1.0] * 5


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_the_loss_is_torchs_for_soft_targets(smoothing: float) -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(7, 5, generator=generator)
    labels, partners = torch.randint(5, (2, 7), generator=generator)
    share = torch.rand(7, generator=generator)
    targets = share[:, None] * functional.one_hot(labels, 5) + (1 - share[:, None]) * functional.one_hot(partners, 5)
    found = mixed_loss(logits, labels, partners=partners, share=share, smoothing=smoothing)
    wanted = functional.cross_entropy(logits, targets, reduction="none", label_smoothing=smoothing)
    assert found.numpy() == pytest.approx(wanted.numpy(), rel=1e-5)


def test_smoothing_cedes_its_share_to_all_classes_alike() -> None:
    logits = torch.tensor([[2.0, 0.0, 0.0, 0.0]])
    logs = logits.double().log_softmax(1)[0]
    wanted = -(0.9 * logs[0] + 0.1 * logs.mean())
    assert float(mixed_loss(logits, torch.tensor([0]), smoothing=0.1)[0]) == pytest.approx(float(wanted), rel=1e-6)


def test_without_partners_the_loss_is_plain() -> None:
    logits, labels = torch.randn(6, 3, generator=torch.Generator().manual_seed(1)), torch.tensor([0, 1, 2, 0, 1, 2])
    assert torch.equal(mixed_loss(logits, labels), functional.cross_entropy(logits, labels, reduction="none"))


def test_partners_without_their_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="share of each image"):
        mixed_loss(torch.zeros(2, 3), torch.tensor([0, 1]), partners=torch.tensor([1, 0]))
