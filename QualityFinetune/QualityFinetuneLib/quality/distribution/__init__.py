"""How image quality is distributed in a set of cases, and how far two sets are apart: numbers and plain words."""
