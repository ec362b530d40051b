"""Measure how good a model is, next to controls and simple baselines.

`evaluation.evaluate` runs four suites, one file each in `suites/`: answers, depth, perception and robustness.
`calibration_fit.calibrate` fits the calibration of a model on held-out questions.
"""
