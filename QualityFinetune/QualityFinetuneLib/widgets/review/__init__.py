"""The Review panel: see a segmentation over the images, accept, correct or reject it."""
