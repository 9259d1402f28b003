"""Classification and regression in one estimator: the pipelines of the benchmarks."""

from skscat.recipes._estimators import ScatteringClassifier, ScatteringRegressor

__all__ = ["ScatteringClassifier", "ScatteringRegressor"]
