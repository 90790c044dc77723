"""`python -m seep`."""

import os
import sys

# Read by OpenMP when torch loads: its threads sleep while they wait. On busy cores a step of training took
# 3 to 5 s like this, 11 s by OpenMP's own choice, and 25 s with threads that wait in a loop ("active").
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from seep.cli.main import main

sys.exit(main())
