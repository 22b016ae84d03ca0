"""Imitations of the ctk and qMRML widgets that Slicer's C++ provides, each with the same properties and signals."""
