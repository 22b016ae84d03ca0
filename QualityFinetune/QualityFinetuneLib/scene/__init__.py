"""MRML nodes from and to the study; the scene is always an argument."""
