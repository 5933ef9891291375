"""Unit vectors as noise: draws are then the columns of a root of their covariance."""

import numpy as np


class Units(np.random.Generator):
    """A generator whose normal numbers are the rows of the unit matrix in turn."""

    def __init__(self, seed=0):
        super().__init__(np.random.PCG64(seed))
        self.given = 0

    def standard_normal(self, shape):
        rows = np.arange(self.given, self.given + shape[0])
        self.given += shape[0]
        return np.eye(shape[1])[rows]
