"""People who act in tests."""

from seep.workflow.actor import Actor


def admin(name: str) -> Actor:
    return Actor(name, "admin")


ADA, ANA, BO, BOB, TESTER = (admin(name) for name in ("ada", "ana", "bo", "bob", "tester"))
