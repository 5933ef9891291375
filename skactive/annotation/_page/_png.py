"""Write arrays as PNG files, using the standard library only."""

import struct
import zlib

import numpy as np

__all__ = ["array_range", "as_pixels", "encode_png"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels: code of the PNG specification, 11.2


def encode_png(pixels: np.ndarray) -> bytes:
    """Encode 8-bit pixels as PNG.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width, channels)
        Channels are grey, grey and alpha, RGB, or RGB and alpha.

    Returns
    -------
    bytes
        The PNG file.
    """
    height, width, channels = pixels.shape
    header = struct.pack(">IIBBBBB", width, height, 8, COLOUR_TYPES[channels], 0, 0, 0)
    # each line begins with the number of its filter; 0 means none
    lines = np.zeros((height, 1 + width * channels), dtype=np.uint8)
    lines[:, 1:] = pixels.reshape(height, -1)
    data = zlib.compress(lines.tobytes())
    parts = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(*part) for part in parts)


def _chunk(name, data):
    checksum = zlib.crc32(name + data)
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)


def as_pixels(
    image: np.ndarray, value_range: tuple[float, float] | None = None
) -> np.ndarray:
    """Convert an image of any type to 8-bit pixels (height, width, channels).

    Parameters
    ----------
    image : ndarray
        Image of shape (height, width), (height, width, channels), (channels, height,
        width) as in torch, or the flat pixels of a square grey image.
    value_range : tuple of (float, float), default=None
        Values of black and white; by default those of the image, see `array_range`.
        8-bit images are not scaled.

    Returns
    -------
    ndarray of uint8, shape (height, width, channels)
    """
    image = _channels_last(np.asarray(image))
    if image.dtype == np.uint8:
        return image
    low, high = value_range or array_range(image)
    scaled = (image.astype(np.float64) - low) / (high - low) * 255
    return np.clip(np.rint(np.nan_to_num(scaled)), 0, 255).astype(np.uint8)


def array_range(images: np.ndarray) -> tuple[float, float]:
    """Values of black and white: 0 and 1 if all are in between, else the extremes."""
    finite = images[np.isfinite(images)]
    low, high = (finite.min(), finite.max()) if finite.size else (0, 1)
    low, high = min(0.0, float(low)), float(high)
    return low, max(high, 1.0) if high <= 1 or high <= low else high


def _channels_last(image):
    shape = image.shape
    if image.ndim == 1:
        side = int(np.sqrt(image.size))
        if side * side == image.size:
            return image.reshape(side, side, 1)
    if image.ndim == 2:
        return image[:, :, None]
    if image.ndim == 3 and shape[2] in COLOUR_TYPES:
        return image
    if image.ndim == 3 and shape[0] in COLOUR_TYPES:
        return np.moveaxis(image, 0, -1)
    raise ValueError(
        f"an array of shape {shape} cannot be shown as an image; use shape (height, "
        "width), (height, width, channels), (channels, height, width) or a flat "
        "square, or pass as show a function of the row that returns one of these"
    )
