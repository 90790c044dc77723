"""`python -m seep`."""

import sys

from seep.cli.main import main

sys.exit(main())
