"""The scattering transforms, one file per family, and what they share."""
