import io

import numpy as np
import pytest

from skactive.annotation._page._png import array_range, as_pixels, encode_png


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_png_is_read_back_by_another_library(channels):
    image = pytest.importorskip("PIL.Image")
    pixels = np.random.default_rng(0).integers(256, size=(5, 7, channels), dtype="u1")
    read = np.asarray(image.open(io.BytesIO(encode_png(pixels))))
    np.testing.assert_array_equal(read.reshape(pixels.shape), pixels)


SHAPES = {
    (4, 6): (4, 6, 1),
    (4, 6, 3): (4, 6, 3),
    (3, 5, 6): (5, 6, 3),
    (1, 5, 6): (5, 6, 1),
    (16,): (4, 4, 1),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_channels_come_last(shape):
    assert as_pixels(np.zeros(shape)).shape == SHAPES[shape]


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4, 5), (6, 7, 8)])
def test_no_image(shape):
    with pytest.raises(ValueError, match="cannot be shown as an image"):
        as_pixels(np.zeros(shape))


def test_values():
    assert as_pixels(np.array([[0.0, 0.5, 1.0]])).ravel().tolist() == [0, 128, 255]
    assert as_pixels(np.array([[0, 8, 16]])).ravel().tolist() == [0, 128, 255]
    assert as_pixels(np.array([[-1.0, 0.0, 1.0]])).ravel().tolist() == [0, 128, 255]
    assert as_pixels(np.array([[False, True]])).ravel().tolist() == [0, 255]
    assert as_pixels(np.array([[3, 200]], dtype="u1")).ravel().tolist() == [3, 200]
    clipped = as_pixels(np.array([[-5.0, np.nan, 20.0]]), (0, 16)).ravel()
    assert clipped.tolist() == [0, 0, 255]


def test_range_is_never_empty():
    for values in ([0.0], [5.0], [-2.0], [np.nan]):
        low, high = array_range(np.array(values))
        assert low < high
