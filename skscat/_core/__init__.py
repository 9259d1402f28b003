"""The engine: records, and functions of NumPy arrays. It depends neither on the wavelets nor on scikit-learn."""
