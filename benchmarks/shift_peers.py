"""What other libraries have that is like a shift of ours, at the dose of severity 0.5."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import cv2

Build = Callable[[Any, int], Any]  # the library and the image's side in px in, a transform out


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """Transforms of fixed dose of albumentations and torchvision v2, and the name of a published corruption.

    `bare_lacks` is the work that albumentations' leaves out, where that is why it is faster.
    """

    bare: Build | None = None
    bare_lacks: str = ""
    vision: Build | None = None
    corruption: str = ""


LIKE: Mapping[str, Like] = {
    "gaussian_noise": Like(
        bare=lambda a, _: a.GaussNoise(std_range=(0.2, 0.2), p=1),
        vision=lambda v, _: v.GaussianNoise(sigma=0.2),
        corruption="gaussian_noise",
    ),
    "shot_noise": Like(bare=lambda a, _: a.ShotNoise(scale_range=(0.09, 0.09), p=1), corruption="shot_noise"),
    "speckle_noise": Like(
        bare=lambda a, _: a.MultiplicativeNoise((0.6, 1.4), per_channel=True, elementwise=True, p=1),
        corruption="speckle_noise",
    ),
    "impulse_noise": Like(
        bare=lambda a, _: a.SaltAndPepper(amount=(0.2, 0.2), salt_vs_pepper=(0.5, 0.5), p=1),
        corruption="impulse_noise",
    ),
    "iso_noise": Like(bare=lambda a, _: a.ISONoise((0.05, 0.05), (0.5, 0.5), p=1)),
    "gaussian_blur": Like(
        bare=lambda a, side: a.GaussianBlur(blur_limit=0, sigma_limit=(0.04 * side, 0.04 * side), p=1),
        vision=lambda v, side: v.GaussianBlur(2 * round(0.12 * side) + 1, 0.04 * side),
        corruption="gaussian_blur",
    ),
    "defocus": Like(
        bare=lambda a, side: a.Defocus((round(0.05 * side),) * 2, (0.1, 0.1), p=1), corruption="defocus_blur"
    ),
    "motion_blur": Like(
        bare=lambda a, side: a.MotionBlur((2 * round(0.075 * side) + 1,) * 2, p=1), corruption="motion_blur"
    ),
    "zoom_blur": Like(bare=lambda a, side: a.ZoomBlur((1.2, 1.2), (2 / side, 2 / side), p=1), corruption="zoom_blur"),
    "glass_blur": Like(
        bare=lambda a, side: a.GlassBlur(sigma=0.005 * side, max_delta=round(0.05 * side), iterations=1, p=1),
        corruption="glass_blur",
    ),
    "jpeg": Like(
        bare=lambda a, _: a.ImageCompression("jpeg", (9, 9), p=1),
        vision=lambda v, _: v.JPEG((9, 9)),
        corruption="jpeg_compression",
    ),
    "webp": Like(bare=lambda a, _: a.ImageCompression("webp", (10, 10), p=1)),
    "pixelate": Like(
        bare=lambda a, side: a.Downscale(
            (1 / (1 + 0.04 * side),) * 2, {"downscale": cv2.INTER_AREA, "upscale": cv2.INTER_NEAREST}, p=1
        ),
        vision=lambda v, side: v.Compose(
            [v.Resize(round(side / (1 + 0.04 * side))), v.Resize(side, v.InterpolationMode.NEAREST)]
        ),
        corruption="pixelate",
    ),
    "sharpen": Like(
        bare=lambda a, side: a.UnsharpMask((0, 0), (0.05 * side,) * 2, (1, 1), 0, p=1),
        vision=lambda v, _: v.RandomAdjustSharpness(2.25, p=1),
    ),
    "contrast": Like(
        bare=lambda a, _: a.ColorJitter((1, 1), (0.525, 0.525), (1, 1), (0, 0), p=1),
        vision=lambda v, _: v.ColorJitter(contrast=(0.525, 0.525)),
        corruption="contrast",
    ),
    "brightness": Like(
        bare=lambda a, _: a.RandomBrightnessContrast((0.3, 0.3), (0, 0), p=1),
        vision=lambda v, _: v.ColorJitter(brightness=(1.3, 1.3)),
        corruption="brightness",
    ),
    "darken": Like(
        bare=lambda a, _: a.RandomBrightnessContrast((-0.3, -0.3), (0, 0), p=1),
        vision=lambda v, _: v.ColorJitter(brightness=(0.7, 0.7)),
    ),
    "gamma": Like(
        bare=lambda a, _: a.RandomGamma((250, 250), p=1),
        vision=lambda v, _: v.Lambda(lambda image: v.functional.adjust_gamma(image, 2.5)),
    ),
    "posterize": Like(bare=lambda a, _: a.Posterize(2, p=1), vision=lambda v, _: v.RandomPosterize(2, p=1)),
    "solarize": Like(bare=lambda a, _: a.Solarize((0.5, 0.5), p=1), vision=lambda v, _: v.RandomSolarize(128, p=1)),
    "hue": Like(
        bare=lambda a, _: a.ColorJitter((1, 1), (1, 1), (1, 1), (1 / 6, 1 / 6), p=1),
        vision=lambda v, _: v.ColorJitter(hue=(1 / 6, 1 / 6)),
    ),
    "saturation": Like(
        bare=lambda a, _: a.ColorJitter((1, 1), (1, 1), (2.5, 2.5), (0, 0), p=1),
        vision=lambda v, _: v.ColorJitter(saturation=(2.5, 2.5)),
        corruption="saturate",
    ),
    "to_grey": Like(bare=lambda a, _: a.ToGray(p=1), vision=lambda v, _: v.RandomGrayscale(p=1)),
    "colour_cast": Like(bare=lambda a, _: a.PlanckianJitter("blackbody", (4000, 6000), p=1)),
    "fog": Like(bare=lambda a, _: a.RandomFog(0.08, (0.4, 0.4), p=1), corruption="fog"),
    "rain": Like(
        bare=lambda a, _: a.RandomRain(p=1),
        bare_lacks="lines of one length and width with hard edges, added to the image; no layers, no mist to blend in",
    ),
    "snow": Like(bare=lambda a, _: a.RandomSnow(2.5, (0.5, 0.5), "texture", p=1), corruption="snow"),
    "frost": Like(corruption="frost"),
    "sun_flare": Like(bare=lambda a, side: a.RandomSunFlare(src_radius=side // 2, p=1)),
    "shadow": Like(bare=lambda a, _: a.PlasmaShadow((0.45, 0.45), p=1)),
    "rotation": Like(
        bare=lambda a, _: a.Rotate((22.5, 22.5), border_mode=cv2.BORDER_REFLECT_101, p=1),
        vision=lambda v, _: v.RandomAffine((22.5, 22.5), interpolation=v.InterpolationMode.BILINEAR),
    ),
    "translation": Like(
        bare=lambda a, _: a.Affine(translate_percent=(0.125, 0.125), border_mode=cv2.BORDER_REFLECT_101, p=1),
        vision=lambda v, _: v.RandomAffine(0, (0.125, 0.125), interpolation=v.InterpolationMode.BILINEAR),
    ),
    "scale": Like(
        bare=lambda a, _: a.Affine(scale=(1.375, 1.375), p=1),
        vision=lambda v, _: v.RandomAffine(0, scale=(1.375, 1.375), interpolation=v.InterpolationMode.BILINEAR),
    ),
    "shear": Like(
        bare=lambda a, _: a.Affine(shear={"x": (20, 20)}, border_mode=cv2.BORDER_REFLECT_101, p=1),
        vision=lambda v, _: v.RandomAffine(0, shear=(20, 20), interpolation=v.InterpolationMode.BILINEAR),
    ),
    "perspective": Like(
        bare=lambda a, _: a.Perspective((0.1, 0.1), p=1), vision=lambda v, _: v.RandomPerspective(0.2, p=1)
    ),
    "elastic": Like(
        bare=lambda a, side: a.ElasticTransform(8 * side * 0.035, side / 10, p=1),
        vision=lambda v, _: v.ElasticTransform(),
        corruption="elastic_transform",
    ),
    "grid_distortion": Like(bare=lambda a, _: a.GridDistortion(5, (0.4, 0.4), p=1)),
    "coarse_dropout": Like(
        bare=lambda a, _: a.CoarseDropout((11, 11), (1 / 6, 1 / 6), (1 / 6, 1 / 6), p=1),
        vision=lambda v, _: v.RandomErasing(p=1, scale=(0.3, 0.3)),
    ),
    "grid_dropout": Like(bare=lambda a, _: a.GridDropout(0.55, holes_number_xy=(6, 6), p=1)),
}
