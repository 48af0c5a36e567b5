import numpy as np

from shiftprobe.locate.nearest_dose import nearest_on_sheet, nearest_on_track


def test_the_nearest_point_of_a_track_is_that_of_a_fine_search() -> None:
    rng = np.random.default_rng(0)
    doses, means, target = np.array([0.1, 0.3, 0.35, 0.8]), rng.normal(size=(5, 4, 3)), rng.normal(size=(5, 3))
    found = nearest_on_track(doses, means, target)
    fine = np.linspace(0.1, 0.8, 7001)
    for i in range(5):
        line = np.stack([np.interp(fine, doses, means[i, :, j]) for j in range(3)], axis=1)
        distance = ((line - target[i]) ** 2).sum(1)
        assert np.isclose(found.distance[i], distance.min(), rtol=1e-3, atol=1e-6)
        assert abs(found.place[i] - fine[distance.argmin()]) < 1e-3


def test_a_point_of_a_sheet_is_found_again() -> None:
    rng = np.random.default_rng(0)
    first, second = np.array([0.2, 0.4]), np.array([0.5, 0.9])
    corners = rng.normal(size=(6, 2, 2, 9))
    u, v = rng.random((2, 6, 1))
    low, high = (corners[:, i, 0] * (1 - v) + corners[:, i, 1] * v for i in range(2))
    found = nearest_on_sheet(first, second, corners, low * (1 - u) + high * u)
    assert np.allclose(found.place, np.hstack([0.2 + 0.2 * u, 0.5 + 0.4 * v]), atol=0.01)
    assert np.allclose(found.distance, 0, atol=0.01)


def test_no_dose_leaves_its_dial() -> None:
    ends = np.array([0.0, 0.16])
    corners = np.array([[[[0.0, 0.0], [0.0, 1.0]], [[1.0, 0.0], [1.0, 1.0]]]])
    found = nearest_on_sheet(ends, 1 - ends[::-1], corners, np.array([[-9.0, 9.0]]))
    assert np.allclose(found.place, [[0.0, 1.0]])
