"""Which pixels a network's answer rests on: maps by Captum, and what happens when pixels are taken away."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from shiftprobe.core.errors import NotAvailableError
from shiftprobe.core.types import Images, View
from shiftprobe.models import map_layers

Maps = NDArray[np.float32]
Pixels = NDArray[np.uint8]
Classes = NDArray[np.int64]
Normalise = Callable[[Tensor], Tensor]

STEPS = 50  # of integrated gradients; 8 agree with 400 to rank .8, 32 to .94, 50 to .98 on a trained network
AT_ONCE = 64  # images per pass
PATCHES = 7  # along a side, for occlusion
LEVELS = 10  # of the curves


def integrated_gradients(
    model: nn.Module, images: Pixels, classes: Classes, normalise: Normalise
) -> tuple[Maps, NDArray[np.float32]]:
    """Integrated gradients from the mean image, signed, summed over channels.

    Args:
        model: a classifier in evaluation mode; it is left as it was found.
        images: (n, S, S, C).
        classes: (n,) which answer is explained, columns of the logits.
        normalise: images as a tensor -> what the model is given.

    Returns:
        Maps (n, S, S), and per image what the map misses of the answer (convergence delta), 0 at best, as a fraction
        of the images' mean answer: a single answer may be near 0, and a fraction of it says nothing.

    Reference: Sundararajan et al., 2017, arXiv:1703.01365.
    """
    from captum.attr import IntegratedGradients

    with _explained(model) as device:
        given = normalise(torch.from_numpy(np.array(images)).to(device)).detach()
        target = torch.from_numpy(np.array(classes)).to(device)
        base = torch.zeros_like(given)
        found = IntegratedGradients(model).attribute(
            given.clone(), base, target=target, n_steps=STEPS, internal_batch_size=max(AT_ONCE, len(given))
        )
        with torch.no_grad():
            rows = torch.arange(len(target))
            answers = model(given)[rows, target] - model(base)[rows, target]
        missed = (found.flatten(1).sum(1) - answers).abs() / answers.abs().mean().clamp_min(1e-6)
    return _numpy(found.sum(dim=1)), _numpy(missed)


def grad_cam(model: nn.Module, images: Pixels, classes: Classes, normalise: Normalise, *, tap: str) -> Maps:
    """Grad-CAM at one tap, what speaks for the class, enlarged to the image.

    Args:
        model: a classifier in evaluation mode; it is left as it was found.
        images: (n, S, S, C).
        classes: (n,) which answer is explained.
        normalise: images as a tensor -> what the model is given.
        tap: a module path whose output is a map or tokens; see `last_map`.

    Returns:
        Maps (n, S, S), 0 and above.

    Reference: Selvaraju et al., 2017, arXiv:1610.02391.
    """
    from captum.attr import LayerGradCam

    with _explained(model) as device:
        given = normalise(torch.from_numpy(np.array(images)).to(device)).detach()
        target = torch.from_numpy(np.array(classes)).to(device)
        with _as_map(model.get_submodule(tap)) as place:
            cam = LayerGradCam(model, place)
            found = cam.attribute(given.clone().requires_grad_(), target=target, relu_attributions=True).detach()
        whole = nn.functional.interpolate(found, size=images.shape[1:3], mode="bilinear", align_corners=False)
    return _numpy(whole[:, 0])


def occlusion(model: nn.Module, images: Pixels, classes: Classes, normalise: Normalise) -> Maps:
    """How much the answer falls when a patch, a seventh of a side, is set to the mean; needs no gradients.

    Args:
        model: a classifier in evaluation mode; it is left as it was found.
        images: (n, S, S, C).
        classes: (n,) which answer is explained.
        normalise: images as a tensor -> what the model is given.

    Returns:
        Maps (n, S, S), signed.

    Reference: Zeiler and Fergus, 2014, arXiv:1311.2901.
    """
    from captum.attr import Occlusion

    side = images.shape[1]
    patch = max(1, side // PATCHES)
    with _explained(model) as device, torch.no_grad():
        given = normalise(torch.from_numpy(np.array(images)).to(device))
        window = (given.shape[1], patch, patch)
        step = window  # side by side: a patch that overlaps others costs four times as many passes
        target = torch.from_numpy(np.array(classes)).to(device)
        per = max(1, AT_ONCE // len(given))
        found = Occlusion(model).attribute(given, window, step, 0, target=target, perturbations_per_eval=per)
    return _numpy(found.mean(dim=1))  # a patch covers all channels, and each of them carries the whole fall


def last_map(model: nn.Module, image: Pixels, normalise: Normalise, taps: Sequence[str]) -> str:
    """Where Grad-CAM reads a network: see `map_layers.last_map`.

    Args:
        model: a classifier; it is left as it was found.
        image: (S, S, C).
        normalise: images as a tensor -> what the model is given.
        taps: module paths in depth order.

    Raises:
        NotAvailableError: when nothing in it has positions.
    """
    with _explained(model) as device:
        given = normalise(torch.from_numpy(np.array(image[None])).to(device))
        return map_layers.last_map(model, given, taps)


def curves(
    model: nn.Module, images: Pixels, classes: Classes, normalise: Normalise, maps: Maps
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Probability of the class as pixels are deleted, or inserted into the mean image, the most important first.

    Args:
        model: a classifier in evaluation mode.
        images: (n, S, S, C).
        classes: (n,) whose probability is followed.
        normalise: images as a tensor -> what the model is given.
        maps: (n, S, S), larger is more important.

    Returns:
        Deletion and insertion, (n, 11) each, at 0, 10, ..., 100 % of the pixels.

    Reference: Petsiuk et al., 2018, arXiv:1806.07421.
    """
    n, pixels = len(images), maps.shape[1] * maps.shape[2]
    order = np.argsort(-maps.reshape(n, -1), axis=1, kind="stable")
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.arange(pixels)[None].repeat(n, 0), axis=1)
    deleted: list[NDArray[np.float64]] = []
    inserted: list[NDArray[np.float64]] = []
    with _explained(model) as device, torch.no_grad():
        given = normalise(torch.from_numpy(np.array(images)).to(device))
        target = torch.from_numpy(np.array(classes)).to(device)
        for level in range(LEVELS + 1):
            first = torch.from_numpy((rank < round(pixels * level / LEVELS)).reshape(n, 1, *maps.shape[1:])).to(device)
            for kept, out in ((~first, deleted), (first, inserted)):
                chances = torch.softmax(model(given * kept).float(), dim=1)
                out.append(chances[torch.arange(n), target].cpu().numpy().astype(np.float64))
    return np.stack(deleted, axis=1), np.stack(inserted, axis=1)


def explain(method: str, view: View, index: Classes, classes: Classes) -> "tuple[Maps, NDArray[np.float64] | None]":
    """The maps of some images of a view, and for integrated gradients what each of them misses.

    Args:
        method: "ig", "gradcam" or "occlusion".
        view: one that holds its network and its images.
        index: (n,) which images.
        classes: (n,) which answers.

    Raises:
        NotAvailableError: when the view holds no network or no images, or no layer of the network has positions.
    """
    model, images, normalise = subject(view)
    if method == "ig":
        maps, missed = integrated_gradients(model, images[index], classes, normalise)
        return maps, missed.astype(np.float64)
    if method == "occlusion":
        return occlusion(model, images[index], classes, normalise), None
    tap = last_map(model, images[index[0]], normalise, tuple(view.features))
    return grad_cam(model, images[index], classes, normalise, tap=tap), None


def subject(view: View) -> tuple[nn.Module, Images, Normalise]:
    """The network behind a view, its images, and how they reach the network.

    Raises:
        NotAvailableError: when one of them is not at hand.
    """
    if view.model is None or view.normalise is None:
        raise NotAvailableError("maps need the network itself, and only its features are at hand")
    return view.model, pixels(view), view.normalise


def pixels(view: View) -> Images:
    """The images of a view, (N, S, S, C).

    Raises:
        NotAvailableError: when they are not at hand.
    """
    if view.images is None:
        raise NotAvailableError("maps need the images themselves, and only their features are at hand")
    return view.images


@contextmanager
def _as_map(layer: nn.Module) -> Iterator[nn.Module]:
    """A module that is given, inside, what a layer gives as a map (N, C, H, W), and gives it back in its form."""
    place = nn.Identity()

    def through(module: nn.Module, _: object, output: Tensor) -> Tensor:
        return map_layers.as_it_was(place(map_layers.as_map(output, module)), output, module)

    handle = layer.register_forward_hook(through)
    try:
        yield place
    finally:
        handle.remove()


@contextmanager
def _explained(model: nn.Module) -> Iterator[torch.device]:
    """Evaluation mode, no gradients kept on weights; afterwards everything as it was."""
    modes = [(module, module.training) for module in model.modules()]
    wanted = [(parameter, parameter.requires_grad) for parameter in model.parameters()]
    model.eval()
    for parameter, _ in wanted:
        parameter.requires_grad_(False)
    try:
        with torch.inference_mode(mode=False), torch.enable_grad():
            yield next((parameter.device for parameter, _ in wanted), torch.device("cpu"))
    finally:
        for module, training in modes:
            module.training = training
        for parameter, before in wanted:
            parameter.requires_grad_(before)


def _numpy(values: Tensor) -> Maps:
    return np.asarray(values.detach().float().cpu().numpy(), np.float32)
