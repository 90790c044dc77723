"""Compare what the readers of annotations take and leave out with the elements of damaged files.

    python -m benchmarks.outcomes                       # 10,000 files per format, about 3 minutes
    python -m benchmarks.outcomes --files 500 --format COCO

A file is an undamaged one with up to six changes: values replaced, removed, wrapped or repeated, and keys, elements
or words added. A reader has to take each element or leave it out with a reason, and may not raise anything but a
refusal of the whole file that names it. Prints a table and, as the last line, JSON; exit status 1 if any file breaks
a rule.
"""

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path

from benchmarks.fuzzing.outcomes import FORMATS, check

_MOST_CHANGES = 6


def main() -> int:
    """Check the files of each format; print the number of violations."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=10_000, help="per format")
    parser.add_argument("--format", choices=tuple(FORMATS), action="append", help="all by default")
    options = parser.parse_args()
    violations = {form: violations_of(form, options.files) for form in options.format or FORMATS}
    for form, count in violations.items():
        print(f"{form:24} {options.files:8,} files {count:6,} violations")
    print(json.dumps({"files": options.files, "violations": violations}))
    return 1 if any(violations.values()) else 0


def violations_of(form: str, files: int) -> int:
    """Return in how many files of a format elements are lost, or a reader fails; tell the first ones."""
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(files):
            try:
                wrong = check(form, Path(folder), random.Random(number), number % (_MOST_CHANGES + 1))
            except Exception as error:  # readers may raise MaskError only
                wrong = f"{type(error).__name__}: {error}"
            if wrong:
                count += 1
                if count <= 3:
                    print(f"{form}, file {number}: {wrong}", file=sys.stderr)
    return count


if __name__ == "__main__":
    sys.exit(main())
