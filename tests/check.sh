#!/usr/bin/env bash
# Format, lint, spelling and types of Python and JavaScript, all at once; prints what failed. Called by `make check`.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
output="$(mktemp -d)"
trap 'rm -rf "$output"' EXIT

if ! command -v npm >/dev/null; then
  echo "The checks of JavaScript need Node 20 or newer, which is not installed. Install nodejs and npm, then try again." >&2
  exit 1
fi
if ! cmp -s package-lock.json node_modules/.installed-lock; then
  npm ci --no-audit --no-fund --silent
  cp package-lock.json node_modules/.installed-lock
fi

names=() processes=()
check() {
  names+=("$1")
  "${@:2}" >"$output/$1" 2>&1 &
  processes+=("$!")
}
check "types" "$bin/mypy"  # first, because it takes longest
check "format" "$bin/ruff" format --check .
check "lint" "$bin/ruff" check .
check "spelling" "$bin/codespell"
check "JavaScript-format-and-lint" node_modules/.bin/biome ci --colors=off --error-on-warnings
check "JavaScript-types" node_modules/.bin/tsc -p .

failed=0
for number in "${!names[@]}"; do
  if ! wait "${processes[number]}"; then
    failed=1
    printf '\n== %s ==\n' "${names[number]}"
    cat "$output/${names[number]}"
  fi
done
[ "$failed" = 0 ] && echo "Format, lint, spelling and types are fine ($SECONDS s)."
exit "$failed"
