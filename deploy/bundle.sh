#!/usr/bin/env bash
# Write a folder that installs Seep on a machine without a network: all wheels with their hashes, and the weights.
# usage: deploy/bundle.sh PYTHON OUT
# The wheels are those of this machine: the target needs the same system, processor family and version of Python.
set -euo pipefail
python=$1 out=$2
root=$(cd "$(dirname "$0")/.." && pwd)
if [ -e "$out" ]; then
    echo "$out exists. Name a folder that does not, or delete this one." >&2
    exit 1
fi
mkdir -p "$out/wheels"
wheels=$(cd "$out/wheels" && pwd)
source=$(mktemp -d)
trap 'rm -rf "$source"' EXIT

pip() { "$python" -m pip --disable-pip-version-check --quiet "$@"; }
versions() { for wheel in "$wheels"/*.whl; do basename "$wheel" | cut -d- -f1,2 | sed 's/-/==/'; done; }
pip wheel --require-hashes --requirement "$root/requirements.lock" --wheel-dir "$wheels"
# What the lock leaves out: torch and its libraries, whose hashes depend on the index of this machine.
versions >"$source/locked"
pip wheel --requirement "$root/requirements.txt" --constraint "$source/locked" --find-links "$wheels" --wheel-dir "$wheels"
# Setuptools leaves its folders in the source.
cp -r "$root"/{app.py,setup.py,pyproject.toml,requirements*.txt,README.md,LICENSE,.streamlit,docs,models,pages,seep} "$source"
pip wheel --no-deps "$source" --wheel-dir "$wheels"

paste -d' ' <(versions) <(sha256sum "$wheels"/*.whl | sed 's/^/--hash=sha256:/; s/ .*//') >"$out/requirements.txt"
cat >"$out/install.sh" <<'INSTALL'
#!/usr/bin/env bash
# Install Seep from this folder, without a network: bash install.sh VENV
set -euo pipefail
venv=${1:?Name the folder of the new virtual environment: bash install.sh VENV}
here=$(cd "$(dirname "$0")" && pwd)
"${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" \
    --require-hashes --requirement "$here/requirements.txt"
echo "Seep is installed. Start it with $venv/bin/seep app, or see $venv/bin/seep --help."
INSTALL
echo "$out: $(find "$wheels" -name '*.whl' | wc -l) wheels, $(du -sh "$out" | cut -f1). Copy it, then run: bash install.sh VENV"
