"""The engine: data, and functions of NumPy arrays. It knows neither wavelets nor scikit-learn."""
