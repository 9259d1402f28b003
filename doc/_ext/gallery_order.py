"""The order of the gallery: from the first results, through what the transforms do, to special data."""

from pathlib import Path

ORDER = (
    "digits/plot_digits",
    "digits/plot_classifiers",
    "digits/plot_variable_selection",
    "invariance/plot_translation",
    "invariance/plot_theorems",
    "filters/plot_filter_banks",
    "signals/plot_scattergram",
    "signals/plot_spoken_digits",
    "signals/plot_long_recording",
    "images/plot_textures",
    "images/plot_scattering_disk",
    "images/plot_rotated_textures",
    "time_frequency/plot_chirp_direction",
    "time_frequency/plot_spiral_glissando",
    "time_frequency/plot_sound_matching",
    "synthesis/plot_exponents",
    "synthesis/plot_texture_models",
    "synthesis/plot_glissando",
    "synthesis/plot_denoising",
    "synthesis/plot_cross_spectra",
    "physics/plot_nbody",
    "physics/plot_molecule_energy",
    "graphs/plot_rewired_graphs",
    "graphs/plot_hidden_geometry",
    "graphs/plot_scrambled_digits",
    "graphs/plot_text",
    "scaling/plot_out_of_core",
)


def position(names, name):
    """Return the position of a name in a list, or the length of the list if it is not in it; then the name."""
    return names.index(name) if name in names else len(names), name


def sections(folder):
    """Return the sort key of a folder of examples."""
    return position([example.partition("/")[0] for example in ORDER], Path(folder).name)


def examples(file):
    """Return the sort key of an example in its folder."""
    return position([example.partition("/")[2] for example in ORDER], Path(file).stem)
