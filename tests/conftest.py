"""Settings and data shared by the tests."""

import os

# Some of scikit-learn's checks run with SciPy's array API switched on, which must happen before SciPy is imported.
os.environ.setdefault("SCIPY_ARRAY_API", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
