"""Images embedded in the package."""

import numpy as np
from sklearn.utils import Bunch

from skscat.datasets._arrays import unit_levels
from skscat.datasets._embedded import load_embedded

DESCR = """\
Eight images free of copyright restrictions
===========================================

From the data collection of scikit-image, where each image is marked as CC0 or public domain. All are gray-level images
of 256 x 256 pixels: the central square of the original (for the Hubble field, the 512 x 512 square whose upper left
pixel is (200, 200)), downsampled by Lanczos resampling.

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


def load_images_sample() -> Bunch:
    """Load eight gray-level images: three textures and five scenes.

    The images are embedded in the package and free of copyright restrictions (CC0 or public domain).

    Returns
    -------
    dataset : :class:`~sklearn.utils.Bunch`
        Dictionary-like object, with the following attributes.

        images : ndarray of shape (8, 256, 256), float32
            Gray levels, between 0 and 1.
        names : list of str
            Names of the images: brick, grass, gravel, camera, chelsea, coffee, retina, hubble_deep_field.
        DESCR : str
            Full description of the dataset, with the origin of each image.

    See Also
    --------
    load_digits_sample : Sample of handwritten digits.

    References
    ----------
    .. [1] The data collection of scikit-image, https://scikit-image.org/docs/stable/api/skimage.data.html

    Examples
    --------
    >>> from skscat.datasets import load_images_sample
    >>> dataset = load_images_sample()
    >>> dataset.images.shape
    (8, 256, 256)
    >>> camera = dataset.images[dataset.names.index("camera")]
    >>> print(f"{camera.min():.2f} to {camera.max():.2f}")
    0.00 to 1.00
    """
    images = load_embedded("sample_images.npz")
    return Bunch(images=unit_levels(np.stack(list(images.values()))), names=list(images), DESCR=DESCR)
