"""How X is read as signals: their shape, the axis of their channels, and warnings about unlikely readings."""

from math import isqrt, prod

from skscat._checks import as_sequence, is_count, is_sequence, warn_user

# What signals and their values are called, by the number of their axes.
NOUNS = {1: ("signals", "samples"), 2: ("images", "pixels"), 3: ("volumes", "voxels")}
# An axis of at most this many values, among longer ones, holds channels: left and right, or colors and transparency.
FEW_CHANNELS = 4
# A row of at most this many values is an instant of a recording rather than a signal.
FEW_SAMPLES = 8
# If all other axes are at least this many times longer than the last one, the last one holds channels.
LONGER = 4


def expected_layouts(ndim, channel_axis):
    """Return the shapes that X may have, for error messages."""
    axes = ["depth", "height", "width"][-ndim:] if ndim > 1 else ["length"]
    all_axes = list(axes)
    all_axes.insert(channel_position(channel_axis or 0, ndim), "channels")
    layouts = [axes, all_axes] if channel_axis is None else [all_axes]
    return ", ".join(f"(n, {', '.join(layout)})" for layout in layouts) + " or (n, n_features)"


def channel_position(channel_axis, ndim):
    """Return a channel axis, counted from the first axis of a signal of ``ndim`` axes and one of channels."""
    if not is_count(channel_axis, -ndim - 1) or channel_axis > ndim:
        raise ValueError(
            f"channel_axis={channel_axis!r}: expected None, or an axis of one signal with channels, from {-ndim - 1} "
            f"to {ndim}."
        )
    return int(channel_axis) % (ndim + 1)


def check_channel_names(names, shape, ndim):
    """Return the names of the channels of signals of a shape, channels first, as a tuple of str, or None.

    Raises
    ------
    ValueError
        Unless ``names`` is None, or a sequence of distinct strings, one per channel.
    """
    if names is None:
        return None
    strings = tuple(names) if is_sequence(names) else ()
    if not strings or not all(isinstance(name, str) and name for name in strings):
        raise ValueError(f"channel_names={names!r}: expected a sequence of strings, one per channel.")
    repeated = [name for i, name in enumerate(strings) if name in strings[:i]]
    if repeated:
        raise ValueError(f"channel_names={names!r}: {repeated[0]!r} is repeated; expected distinct names.")
    if len(shape) == ndim:
        raise ValueError(
            f"channel_names={names!r}, but X has {NOUNS[ndim][0]} of shape {tuple(shape)}, without an axis of "
            f"channels; expected {expected_layouts(ndim, 0)}, the latter with the parameter shape."
        )
    if len(strings) != shape[0]:
        raise ValueError(
            f"channel_names has {len(strings)} entries, but X has {shape[0]} channel{'s' * (shape[0] > 1)}; expected "
            "one per channel. If another axis holds the channels, set channel_axis."
        )
    return tuple(map(str, strings))


def channel_names(estimator, ndim):
    """Return the part of feature names for each channel of a fitted estimator: ``[""]`` if there is no channel axis.

    Without the parameter ``channel_names``, they are ``["c0", "c1"]`` and so on.
    """
    shape = estimator.signal_shape_
    if len(shape) == ndim:
        return [""]
    return list(getattr(estimator, "_channel_names", None) or [f"c{c}" for c in range(shape[0])])


def signal_shape(n_features, given, shape, ndim, channel_axis=None):
    """Return the shape of one signal in the layout of X, channels included.

    Parameters
    ----------
    n_features : int
        Number of features of one signal.
    given : tuple of int or None
        Shape of the signals in X; None if X is flat.
    shape : int, tuple of int or None
        Shape that the user prescribes, as in :func:`numpy.reshape`: one entry may be -1.
    ndim : int
        Number of axes of a signal, without channels.
    channel_axis : int, default=None
        Axis of the channels in ``given`` and ``shape``. None means the first if there is one axis more than ``ndim``.

    Returns
    -------
    shape : tuple of int
        Of length ``ndim``, or ``ndim + 1`` with channels.

    Raises
    ------
    ValueError
        If ``shape`` is not as described, does not hold ``n_features`` values or contradicts ``given``, or if there are
        no channels on ``channel_axis``.
    """
    if channel_axis is not None:
        channel_position(channel_axis, ndim)
    if shape is not None:
        shape = _fill_shape(shape, n_features, ndim, channel_axis)
        if given is not None and shape != given:
            raise ValueError(f"shape={shape} contradicts X, whose signals have shape {given}.")
        return shape
    if given is not None:
        return given
    if channel_axis is not None:
        raise ValueError(
            f"channel_axis={channel_axis}, but X is flat; expected {expected_layouts(ndim, channel_axis)}, the latter "
            "with the parameter shape."
        )
    return _square_shape(n_features, ndim)


def _square_shape(n_features, ndim):
    """Return the shape of flat rows: a square or cube, or else, with a warning, a single line."""
    side = round(n_features ** (1 / ndim)) if ndim != 2 else isqrt(n_features)
    if side**ndim == n_features:
        return (side,) * ndim
    shape = (1,) * (ndim - 1) + (n_features,)
    warn_user(
        f"X is flat, and {n_features} features do not form a {'square' if ndim == 2 else 'cube'}: rows are taken as "
        f"signals of shape {shape}. Set the parameter shape to change this; pass X[np.newaxis] if X is one signal."
    )
    return shape


def _fill_shape(shape, n_features, ndim, channel_axis):
    """Return the shape that the user prescribes, with its -1 replaced."""
    entries = as_sequence(shape)
    with_channels = f"{ndim + 1} with channels " + ("first" if channel_axis is None else f"on axis {channel_axis}")
    expected = {ndim: str(ndim), ndim + 1: with_channels} if channel_axis is None else {ndim + 1: with_channels}
    if len(entries) not in expected:
        raise ValueError(f"shape={shape!r} has {len(entries)} entries; expected {', or '.join(expected.values())}.")
    if not all(is_count(n, -1) and n != 0 for n in entries) or entries.count(-1) > 1:
        raise ValueError(f"shape={shape!r}: expected whole numbers of at least 1, one of which may be -1.")
    known, free = prod(n for n in entries if n != -1), -1 in entries
    if n_features % known if free else n_features != known:
        multiple = "a multiple of " if free else ""
        raise ValueError(f"shape={shape!r} holds {multiple}{known} values; X has {n_features} features.")
    return tuple(n_features // known if n == -1 else int(n) for n in entries)


def warn_of_layout(n, shape, ndim, flat):
    """Warn if signals are almost surely misread, and say how to have them read otherwise.

    Parameters
    ----------
    n : int
        Number of signals.
    shape : tuple of int
        Shape of one signal as it is read, without knowing ``shape`` or ``channel_axis`` from the user.
    ndim : int
        Number of axes of a signal, without channels.
    flat : bool
        Whether X has two axes.
    """
    signals, values = NOUNS[ndim]
    *others, last = shape
    size = " x ".join(map(str, shape[-ndim:]))
    if len(shape) > ndim:
        if _holds_channels(others, last):
            warn_user(
                f"X has shape {(n, *shape)} and is read as {signals} of {shape[0]} channels of {size} {values}. If "
                "the last axis holds the channels, set channel_axis=-1; set channel_axis=0 to confirm this reading."
            )
    elif not flat:
        if last <= FEW_CHANNELS < min(n, *others):
            warn_user(
                f"X has shape {(n, *shape)} and is read as {n} {signals} of {size} {values}. If X is one "
                f"{signals[:-1]} with channels last, pass X[np.newaxis] and set channel_axis=-1; set shape={shape} to "
                "confirm this reading."
            )
    elif ndim == 2 and n == prod(shape) and shape[0] > 1:
        warn_user(
            f"X is flat, of shape {(n, n)}, and is read as {n} {signals} of {size} {values}. If it is one image, pass "
            f"X[np.newaxis]; set shape={shape} to confirm this reading."
        )
    elif ndim == 1 and last <= FEW_SAMPLES and n > LONGER * last:
        warn_user(
            f"X is flat, of shape {(n, last)}, and is read as {n} signals of {last} sample{'s' * (last > 1)}. If its "
            f"columns are signals, pass X.T, or X.T[np.newaxis] for channels of one signal; set shape=({last},) to "
            "confirm this reading."
        )


def _holds_channels(others, last):
    """Return whether the last axis of signals with channels is so short that it holds the channels.

    Square images are also recognized by their sides: the number of channels seldom equals a side.
    """
    if len(others) > 1 and last < others[0] and len(set(others)) == 1:
        return True
    return last <= FEW_CHANNELS < min(others) or min(others) >= LONGER * last


def takes_complex(estimator):
    """Return whether the signals seen in ``fit`` are complex."""
    return getattr(estimator, "_takes_complex", False)


def refuse_complex(name, estimator, owner):
    """Raise ValueError if an estimator whose signals are real, or a part of it, has ``complex_input=True``."""
    for parameter, value in estimator.get_params().items():
        if parameter.rpartition("__")[2] == "complex_input" and value:
            raise ValueError(
                f"{name}={estimator!r}: {parameter}=True, but signals of {owner} are real; expected {parameter}=False."
            )
