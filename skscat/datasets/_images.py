"""Pictures that are part of the package."""

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import unit_levels
from skscat.datasets._embedded import load_embedded

DESCR = """\
Eight pictures without copyright restrictions
=============================================

From the data collection of scikit-image, where each is marked CC0 or public domain. All are grey, 256 x 256: the
centre square (of the Hubble field, the 512 x 512 square whose first corner is pixel (200, 200)), reduced by Lanczos
resampling.

==================  =================================================================================================
name                origin
==================  =================================================================================================
brick               a brick wall; CC0Textures, Bricks25; CC0
grass               grass; DeviantArt, linolafett, "Grass-01"; CC0
gravel              gravel; CC0Textures, Gravel04; CC0
camera              a man with a camera; photographed by Lav Varshney; CC0
chelsea             a cat; photographed by Stefan van der Walt; CC0
coffee              a cup of coffee; photographed by Rachel Michetti; CC0
retina              a human retina; Wikimedia Commons, "Fundus photograph of normal left eye", by Mikael Haggstrom; CC0
hubble_deep_field   the Hubble eXtreme Deep Field; NASA; public domain
==================  =================================================================================================
"""


def load_images_sample():
    """Load eight grey pictures: three textures and five scenes.

    They are embedded in the package, and free of copyright restrictions (CC0 or public domain).

    Returns
    -------
    pictures : :class:`~sklearn.utils.Bunch`
        Dictionary-like object with attributes:

        images : ndarray of shape (8, 256, 256), float32
            Grey levels from 0 to 1.
        names : list of str
            brick, grass, gravel, camera, chelsea, coffee, retina, hubble_deep_field.
        DESCR : str
            Where each picture comes from.

    See Also
    --------
    load_digits_sample : Handwritten digits.

    References
    ----------
    .. [1] The data collection of scikit-image, https://scikit-image.org/docs/stable/api/skimage.data.html

    Examples
    --------
    >>> from skscat.datasets import load_images_sample
    >>> pictures = load_images_sample()
    >>> pictures.images.shape
    (8, 256, 256)
    >>> camera = pictures.images[pictures.names.index("camera")]
    >>> print(f"{camera.min():.2f} to {camera.max():.2f}")
    0.00 to 1.00
    """
    pictures = load_embedded("sample_images.npz")
    return Bunch(images=unit_levels(np.stack(list(pictures.values()))), names=list(pictures), DESCR=DESCR)
