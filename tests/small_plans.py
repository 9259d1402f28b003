"""Small plans of all families, with each kind of average."""

from skscat import (
    HarmonicScattering3D,
    RotoTranslationScattering2D,
    Scattering1D,
    Scattering2D,
    SpiralScattering,
    TimeFrequencyScattering,
)

LINE = {"J": 3, "Q": 2}
MEANS = {"average": "global", "average_frequency": "global"}
PLANE = {"J": 2, "L": 2}

PLANS = {
    "signals, local": Scattering1D(**LINE).plan(24),
    "signals, global": Scattering1D(**LINE, average="global").plan(24),
    "signals, moduli": Scattering1D(**LINE, average=None, max_order=1).plan(24),
    "complex signals, local": Scattering1D(**LINE, complex_input=True).plan(20),
    "complex signals, global": Scattering1D(**LINE, complex_input=True, average="global", padding="edge").plan(20),
    "complex signals, moduli": Scattering1D(J=2, complex_input=True, average=None, max_order=1).plan(12),
    "images, local": Scattering2D(**PLANE).plan((8, 9)),
    "images, global": Scattering2D(**PLANE, average="global", padding="wrap").plan((8, 8)),
    "images, moduli": Scattering2D(J=1, L=2, average=None, padding="reflect").plan((6, 5)),
    "complex images": Scattering2D(J=1, L=2, complex_input=True).plan((6, 6)),
    "time and frequency, local": TimeFrequencyScattering(J=4, Q=2).plan(32),
    "time and frequency, global": TimeFrequencyScattering(J=4, Q=2, **MEANS).plan(32),
    "spiral": SpiralScattering(J=3, Q=2, J_fr=1).plan(32),
    "angles, global": RotoTranslationScattering2D(J=2, L=4).plan((8, 8)),
    "angles, kept": RotoTranslationScattering2D(J=2, L=4, average="global", average_angle=None).plan((8, 8)),
    "volumes, local": HarmonicScattering3D(J=1, L=1, average="local").plan((4, 5, 4)),
    "volumes, powers": HarmonicScattering3D(J=1, L=2, powers=(0.5, 1, 2)).plan((4, 5, 4)),
    "volumes, moduli": HarmonicScattering3D(J=0, L=1, average=None, max_order=1).plan((4, 4, 4)),
}


def noise(rng, name, n=None):
    """Return noise in double precision for one of the plans, n signals or one without batch axis."""
    plan = PLANS[name]
    shape = plan.shape if n is None else (n, *plan.shape)
    x = rng.standard_normal(shape)
    return x + 1j * rng.standard_normal(shape) if plan.is_complex else x
