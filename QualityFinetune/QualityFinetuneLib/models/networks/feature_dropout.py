"""Dropout between encoder and decoder, for networks that are to tell how unsure they are."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class FeatureDropout(nn.Dropout):
    """Leaves out whole channels of each of an encoder's maps, or single numbers of a vector, at random in training.

    At this place it works in every mode, that of a frozen encoder whose features are kept included, and in the middle
    of the network, where dropout told best how unsure a segmentation is (Kendall et al., Bayesian SegNet, arXiv
    1511.02680). Left on in prediction it gives looks that differ (Gal and Ghahramani, arXiv 1506.02142).
    """

    def forward(self, features: list[Tensor]) -> list[Tensor]:  # type: ignore[override]
        """The features, those left out set to zero and the others scaled up."""
        if not self.training or self.p == 0:
            return features
        return [
            functional.dropout3d(level, self.p) if level.ndim == 5 else functional.dropout(level, self.p)
            for level in features
        ]
