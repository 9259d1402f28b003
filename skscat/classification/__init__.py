"""Classification by affine subspaces."""

from skscat.classification._affine_subspaces import AffineSubspaceClassifier

__all__ = ["AffineSubspaceClassifier"]
