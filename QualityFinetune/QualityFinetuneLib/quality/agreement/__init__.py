"""How far readers agree, with each other and with themselves; as few numbers as needed, each with its interval."""

from .statistic import Statistic
from .two import Agreement, agreement

__all__ = ["Agreement", "Statistic", "agreement"]
