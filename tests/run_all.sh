#!/usr/bin/env bash
# Every check, cheapest first; stops at the first failure. Called by `make test`, which passes no arguments;
# arguments go to pytest, for example: bash tests/run_all.sh -k settings
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
# One process per core and one more, because browser tests wait now and then; one thread each.
workers="${SEEP_TEST_WORKERS:-$(( $(getconf _NPROCESSORS_ONLN) + 1 ))}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"

step() { printf '\n== %s (%d s) ==\n' "$1" "$SECONDS"; }

step "browser for the tests"
SEEP_BROWSER="$("$bin/python" seep_testing/find_browser.py)"
export SEEP_BROWSER
echo "$SEEP_BROWSER"

step "format"
"$bin/ruff" format --check .
step "lint"
"$bin/ruff" check .
step "spelling"
"$bin/codespell"
step "types"
"$bin/mypy"

step "JavaScript: types and tests"
if ! command -v node >/dev/null; then
  echo "The JavaScript tests need Node 20 or newer, which is not installed. Install nodejs and npm, then run make test again." >&2
  exit 1
fi
npm ci --no-audit --no-fund --silent
npx tsc -p .
node --test $(find tests/js -name '*.test.js' | sort)

step "Python, page and browser tests"
"$bin/python" -m pytest -q -n "$workers" --dist loadfile --no-loadscope-reorder --durations 20 "$@"
step "store and workflow on PostgreSQL"  # without the parts that mostly compute
"$bin/python" -m tests.postgresql_server "$bin/python" -m pytest -q -n "$workers" --dist loadfile tests/store \
  tests/workflow/{access,imports,maintenance,models,review,scenes} tests/workflow/test_{jobs,overview,trash,workspace}.py \
  tests/web/test_two_servers.py tests/browser/test_two_servers.py
step "done"
