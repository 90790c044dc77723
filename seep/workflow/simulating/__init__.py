"""The loop without a person: true masks play the annotator; what it shows is in docs/simulation.md."""

from seep.workflow.simulating.planning import ORDERS, Curve, SimulationOptions
from seep.workflow.simulating.simulation import simulate

__all__ = ["ORDERS", "Curve", "SimulationOptions", "simulate"]
