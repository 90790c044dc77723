"""The loop without a person: true masks play the annotator; what it shows is in docs/simulation.md."""

from benchmarks.simulation.planning import ORDERS, Curve, SimulationOptions
from benchmarks.simulation.simulation import simulate

__all__ = ["ORDERS", "Curve", "SimulationOptions", "simulate"]
