"""Symmetric matrices of many points, one half of each; layer 2.

An array (h, n) holds the h = c (c + 1) / 2 entries on and above the diagonal, row by
row, of a symmetric c x c matrix for each of n points. Points come last: an entry is
computed for thousands of them at once, where LAPACK would be called for each.
"""

from skactive._utils.array import Array, namespace

__all__ = ["half_rows", "trace_of_quotient", "upper_halves"]

LARGEST = 48  # rows of matrices from which on LAPACK takes less time: measured


def half_rows(c: int) -> list[slice]:
    """Where each row, from its diagonal entry on, lies in a half."""
    rows, start = [], 0
    for length in range(c, 0, -1):
        rows.append(slice(start, start + length))
        start += length
    return rows


def upper_halves(x_sccn: Array) -> Array:
    """Halves of matrices, several for each point: (s, h, n)."""
    rows = [x_sccn[:, i, i:] for i in range(x_sccn.shape[1])]
    return namespace(x_sccn).concat(rows, axis=1)


def trace_of_quotient(v_hn: Array, r_hn: Array, c: int) -> Array:
    """``tr(V^-1 R)`` of each point, V positive definite; overwrites both.

    Parameters
    ----------
    v_hn, r_hn : arrays of shape (c * (c + 1) / 2, n)
        Halves of V and R.
    c : int
        Rows of the matrices.

    Returns
    -------
    array of shape (n,)
        The traces.
    """
    if c > LARGEST:
        xp = namespace(v_hn)
        return xp.linalg.trace(xp.linalg.solve(*(_squares(x, c) for x in (v_hn, r_hn))))
    # views of the rows: v_hn[row] -= x would write each twice
    v_rows, r_rows = ([x_hn[row] for row in half_rows(c)] for x_hn in (v_hn, r_hn))
    return sum(_eliminate(v_rows[j:], r_rows[j:]) for j in range(c))


def _eliminate(v_rows, r_rows):
    """Take the first row and column out of V and R: what they add to the trace.

    With T = [[1, 0], [-l, I]], T V T' is block diagonal for l = V_j1 / V_11, and the
    trace is that of (T V T')^-1 T R T'. The rest of T R T' is R less l w' + w l', where
    w = R_j1 - l R_11 / 2.
    """
    v_jn, r_jn = v_rows[0], r_rows[0]
    l_jn, own_n = v_jn[1:] / v_jn[0], r_jn[0] / v_jn[0]
    w_jn = r_jn[1:] - v_jn[1:] * (own_n / 2)
    for i, (v_in, r_in) in enumerate(zip(v_rows[1:], r_rows[1:], strict=True)):
        v_in -= l_jn[i] * v_jn[1 + i :]
        r_in -= l_jn[i] * w_jn[i:]
        r_in -= w_jn[i] * l_jn[i:]
    return own_n


def _squares(x_hn, c):
    """The whole matrices: (n, c, c)."""
    xp = namespace(x_hn)
    starts = [row.start for row in half_rows(c)]
    # entry (i, j), i <= j, lies j - i after the diagonal entry of row i
    places = [[starts[min(i, j)] + abs(i - j) for j in range(c)] for i in range(c)]
    return xp.permute_dims(xp.stack([x_hn[row] for row in places]), (2, 0, 1))
