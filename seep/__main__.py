"""`python -m seep`."""

import os
import sys

# Read by OpenMP when torch loads: its threads sleep while they wait. On busy cores a step of training took
# 4 s like this, and 25 s with threads that wait in a loop and burn the time of those they wait for.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from seep.cli import main

sys.exit(main())
