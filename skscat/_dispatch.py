"""Arrays of libraries other than NumPy, if scikit-learn dispatches to them: ``array_api_dispatch=True``.

An estimator with the tag ``array_api_support`` takes them, and returns arrays of the same library, on the same device.
It computes with what :func:`taken` returns: values in NumPy's memory, unless they are on a device such as a GPU, or
PyTorch keeps track of them, to differentiate what is computed. Other estimators compute with NumPy.
"""

from sklearn import get_config
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted

from skscat._core import _namespace as arrays

NUMPY = ("numpy", "cpu")


def is_dispatched(X):
    """Return whether scikit-learn dispatches to the library of X, which is not NumPy."""
    return (not arrays.is_numpy(X) or arrays.is_foreign(X)) and get_config()["array_api_dispatch"]


def takes(estimator, X):
    """Return whether X is of a library to which scikit-learn dispatches, and that an estimator takes."""
    return is_dispatched(X) and get_tags(estimator).array_api_support


def taken(X):
    """Return X as it is computed with by estimators that take arrays of any library."""
    return arrays.for_computing(X) if is_dispatched(X) else X


def as_given(X, values):
    """Return results in the library of X, on its device, if scikit-learn dispatches to it."""
    return arrays.back_to(X, values) if is_dispatched(X) else values


def on_host(name, X):
    """Return X in NumPy's memory if scikit-learn dispatches to its library, for estimators that compute with NumPy.

    Raises
    ------
    ValueError
        If X is on a device, or PyTorch keeps track of it.
    """
    if not is_dispatched(X):
        return X
    refuse_tracked(name, X, "what is computed with NumPy")
    if not arrays.is_foreign(X) and not arrays.is_on_host(X):
        raise ValueError(
            f"{name} is an array of {arrays.namespace(X).__name__} on the device {X.device}, but NumPy computes here; "
            "expected an array in CPU memory."
        )
    return arrays.to_numpy(X)


def refuse_tracked(name, X, what):
    """Raise ValueError if PyTorch keeps track of X, which is given to what it cannot differentiate."""
    if is_dispatched(X) and arrays.is_tracked(X):
        raise ValueError(
            f"{name} requires a gradient, but PyTorch cannot differentiate {what}; expected {name}.detach(), or a "
            "call within torch.no_grad()."
        )


def library_of(X):
    """Return the names of the library of X and of its device; those of NumPy if scikit-learn does not dispatch to it.

    They tell whether what is learned from X, which follows X to its device, suits other arrays.
    """
    if not is_dispatched(X):
        return NUMPY
    library = X.__array_namespace__() if arrays.is_foreign(X) else arrays.namespace(X)
    return library.__name__, str(X.device)


def check_use(estimator, X, method):
    """Check that an estimator is fitted, and that X belongs to the library of what it was fitted to.

    Raises
    ------
    NotFittedError
        If the estimator is not fitted.
    ValueError
        If X, passed to a method, comes from another library or is on another device, while scikit-learn dispatches.
    """
    check_is_fitted(estimator)
    if not get_config()["array_api_dispatch"] or not get_tags(estimator).array_api_support:
        return
    found, expected = library_of(X), getattr(estimator, "_library", NUMPY)
    if found != expected:
        name, (library, device), (fitted, place) = type(estimator).__name__, found, expected
        raise ValueError(
            f"Inputs passed to {name}.{method}() must use the same namespace and the same device as those passed to "
            f"fit(): found {library} on {device}, expected {fitted} on {place}. Convert X, or fit the estimator again."
        )
