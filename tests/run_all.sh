#!/usr/bin/env bash
# Every check, cheapest first; stops at the first failure. Called by `make test`.
#
#   bash tests/run_all.sh                  everything
#   bash tests/run_all.sh quick            all tests but those of the browser, of kills, slow ones and PostgreSQL
#   bash tests/run_all.sh -k settings      only the Python tests that these arguments of pytest select
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
# One process per core and one more, because browser tests wait now and then; one thread each.
workers="${SEEP_TEST_WORKERS:-$(( $(getconf _NPROCESSORS_ONLN) + 1 ))}"
export OMP_NUM_THREADS="${OMP_NUM_THREADS:-1}"
pytest() { "$bin/python" -m pytest -q -n "$workers" --dist loadfile --no-loadscope-reorder "$@"; }

step() { printf '\n== %s (%d s) ==\n' "$1" "$SECONDS"; }

find_browser() {
  SEEP_BROWSER="$("$bin/python" seep_testing/find_browser.py)"
  export SEEP_BROWSER
  echo "$SEEP_BROWSER"
}

javascript() {
  step "JavaScript tests"
  node --test --test-reporter dot $(find tests/js -name '*.test.js' | sort)
}

postgresql() {  # without the parts that mostly compute; see tests/conftest.py
  step "store and workflow on PostgreSQL"
  "$bin/python" -m tests.postgresql_server "$bin/python" -m pytest -q -n "$workers" --dist loadfile --postgresql "$@"
}

if [ "${1:-}" = quick ]; then
  shift
  javascript
  step "Python tests"
  pytest -m "not browser and not kill and not slow" --durations 20 "$@"
  step "done"
  exit
fi

step "browser for the tests"
find_browser
if [ "$#" = 0 ]; then
  step "format, lint, spelling, types"
  bash tests/check.sh
  javascript
  step "Python, page and browser tests"
  pytest --durations 20
  postgresql
  step "done"
  exit
fi

step "Python, page and browser tests"
pytest "$@"
collected=0
"$bin/python" -m pytest -q --collect-only --postgresql "$@" >/dev/null || collected="$?"
if [ "$collected" != 5 ]; then postgresql "$@"; fi  # 5: nothing is collected
step "done"
