from itertools import combinations

import numpy as np

from skactive.plotting import QueryDisplay
from skactive.plotting._numbered_picks import discs_apart

POOL = np.random.default_rng(0).normal(size=(100, 2))


def test_numbers_of_a_bunch_do_not_overlap(plt):
    pool = np.vstack([POOL, np.tile(POOL[:1], (12, 1))])
    display = QueryDisplay(pool, np.arange(len(POOL), len(pool))).plot()
    display.figure_.canvas.draw()
    discs = [t.get_bbox_patch().get_window_extent() for t in display.ax_.texts]
    centres = np.array([[(b.x0 + b.x1) / 2, (b.y0 + b.y1) / 2] for b in discs])
    radii = max(b.width for b in discs) / 2
    gaps = [np.linalg.norm(a - b) for a, b in combinations(centres, 2)]
    assert min(gaps) > 1.6 * radii


def test_discs_that_are_apart_stay_where_they_belong():
    points = np.array([[0.0, 0.0], [100.0, 0.0], [0.0, 50.0]])
    nothing = np.empty((0, 2))
    np.testing.assert_allclose(discs_apart(points, 1.0, nothing), points, atol=1)
    assert discs_apart(points[:1], 1.0, nothing).shape == (1, 2)


def test_discs_make_way_for_what_is_fixed():
    points, fixed = np.zeros((3, 2)), np.array([[1.0, 0.0], [40.0, 40.0]])
    moved = discs_apart(points, 2.0, fixed)
    assert min(np.linalg.norm(a - b) for a, b in combinations(moved, 2)) > 25
    assert min(np.linalg.norm(a - b) for a in moved for b in fixed) > 19
