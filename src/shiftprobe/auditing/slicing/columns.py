"""A property of every image of a side: of its picture, of its file, of the network's features, of its labels."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shiftprobe.auditing.evidence import AuditEvidence, Side
from shiftprobe.auditing.types import Predictions
from shiftprobe.core import seeding
from shiftprobe.data.reduced import at_side, reduced
from shiftprobe.metrics import softmax
from shiftprobe.metrics.feature_clusters import feature_clusters
from shiftprobe.metrics.picture_properties import PictureProperties, picture_properties
from shiftprobe.stats.slices import Column, Marks, halves

OF_CLUSTER = 40  # images of the half that is searched, about so many to a cluster of features
CLUSTERS = (4, 20)  # at least and at most
SMALLEST = 3  # px; a smaller picture has no Laplacian


@dataclass(frozen=True, slots=True, kw_only=True)
class IndependentImages:
    """The independent images of a side with their answers, cut in halves; one of each group that belongs together."""

    side: Side
    places: NDArray[np.int64]  # (N,) among the side's images
    labels: NDArray[np.int64]  # (N,)
    answers: NDArray[np.int64]  # (N,)
    right: Marks  # (N,)
    sure: NDArray[np.float64]  # (N,) confidence of the answers
    first: Marks  # (N,) the half that is searched

    def __len__(self) -> int:
        """How many images."""
        return len(self.places)


def draws(side: Side, labels: NDArray[np.int64], seen: Predictions, seed: int) -> IndependentImages:
    """The first image of every group that counts as one draw, or all images where each stands alone.

    Args:
        side: labelled.
        labels: (M,) its labels, as outputs of the head.
        seen: what was answered to them.
        seed: of the halves.
    """
    alone = np.arange(len(side)) if side.clusters is None else np.sort(np.unique(side.clusters, return_index=True)[1])
    answers = seen.answers[alone]
    return IndependentImages(
        side=side,
        places=alone,
        labels=labels[alone],
        answers=answers,
        right=np.asarray(answers == labels[alone]),
        sure=np.asarray(softmax(seen.logits[alone]).max(axis=1), np.float64),
        first=halves(len(alone), seeding.generator(seed, "audit", "slices")),
    )


def picture_columns(drawn: IndependentImages, evidence: AuditEvidence) -> Mapping[str, Column]:
    """What the pictures are like, at the network's own input side, and the size and shape of their files in px.

    Args:
        drawn: whose pictures.
        evidence: with the network's input side, and what larger images were brought to.
    """
    bundle, index = drawn.side.bundle, drawn.side.index[drawn.places].tolist()
    size = evidence.subject.preprocess.size
    small = (reduced(at_side(bundle.images, place, evidence.working), size) for place in index)
    found = [picture_properties(image) if min(image.shape[:2]) >= SMALLEST else None for image in small]
    shapes = np.array([bundle.shapes[place][:2] for place in index], np.float64)
    columns: dict[str, Column] = {"size": shapes.min(axis=1), "aspect": shapes[:, 1] / shapes[:, 0]}
    if None not in found:
        columns |= {
            name: np.array([getattr(one, name) for one in found])  # numbers, or names of colours
            for name in PictureProperties._fields
        }
    return {name: column for name, column in columns.items() if len(np.unique(column)) > 1}


def label_columns(drawn: IndependentImages, evidence: AuditEvidence) -> Mapping[str, Column]:
    """The class of every image, and its domain where one is named."""
    columns: dict[str, Column] = {"class": np.array(evidence.subject.classes)[drawn.labels]}
    if drawn.side.groups is not None:
        columns["domain"] = drawn.side.groups[drawn.places]
    return {name: column for name, column in columns.items() if len(np.unique(column)) > 1}


def feature_column(drawn: IndependentImages, seen: Predictions, seed: int, below: float) -> Mapping[str, Column]:
    """Clusters of the network's features that are less often right than its confidence says; none of a black box.

    In any network some features lie between classes, and it is wrong there more often and knows it. A cluster is kept
    where, on the half that is searched, accuracy lies further below the rest than confidence does, by `below` or more.

    Args:
        drawn: the images.
        seen: with features.
        seed: of the starts of k-means.
        below: a fraction.
    """
    if seen.features is None:
        return {}
    first, (fewest, most) = drawn.first, CLUSTERS
    count = int(np.clip(first.sum() // OF_CLUSTER, fewest, most))
    features = seen.features[drawn.places].astype(np.float64)
    cluster = feature_clusters(features, first, count, seeding.integer(seed, "audit", "slices", "features"))
    over = drawn.sure - drawn.right
    silent = [
        number
        for number in np.unique(cluster[first]).tolist()
        if over[first & (cluster == number)].mean() - over[first & (cluster != number)].mean() >= below
    ]
    return {"features": np.where(np.isin(cluster, silent), cluster.astype(str), "")}
