"""What tests of an audit share: one checkpoint, trained once."""

import pytest
from tests.auditing.trained import Trained, train


@pytest.fixture(scope="session")
def trained_digits() -> Trained:
    """A small network of MNIST digits with its answers; see `tests.auditing.trained`. Never change its model."""
    return train()
