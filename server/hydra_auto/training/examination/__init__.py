"""What a bundle has to prove before it ships: calibration, languages, robustness, difficulty."""
