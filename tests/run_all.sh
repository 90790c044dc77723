#!/usr/bin/env bash
# Every check, in the order in which a fault is cheapest to find. Called by `make test`; stops at the first failure.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-2}"

step() { printf '\n== %s ==\n' "$1"; }

step "browser for the tests"
SEEP_BROWSER="$("$bin/python" tests/find_browser.py)"
export SEEP_BROWSER
echo "$SEEP_BROWSER"

step "format"
"$bin/ruff" format --check .
step "lint"
"$bin/ruff" check .
step "types"
"$bin/mypy"

step "JavaScript: types and tests"
if ! command -v node >/dev/null; then
  echo "Node 20 or newer is needed for the JavaScript tests and is not installed; install nodejs and npm, then run make test again." >&2
  exit 1
fi
npm ci --no-audit --no-fund --silent
npx tsc -p .
node --test $(find tests/js -name '*.test.js' | sort)

step "Python, page and browser tests"
"$bin/python" -m pytest -q "$@"
