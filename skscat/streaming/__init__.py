"""Long recordings and large images, transformed a part at a time."""

from skscat.streaming._recordings import scatter_recording
from skscat.streaming._stream import ScatteringStream
from skscat.streaming._tiles import ScatteringTiles
from skscat.streaming._windows import sliding_windows

__all__ = ["ScatteringStream", "ScatteringTiles", "scatter_recording", "sliding_windows"]
