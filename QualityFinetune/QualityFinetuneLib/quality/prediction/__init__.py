"""A learned quality score of one series from its measures, with its uncertainty; an aid, never the reading itself."""

from .example import Example
from .predictor import Prediction, QualityPredictor, load_predictor, save_predictor
from .training import Target, train

__all__ = [
    "Example",
    "Prediction",
    "QualityPredictor",
    "Target",
    "load_predictor",
    "save_predictor",
    "train",
]
