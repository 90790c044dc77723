"""Install the wheel in an empty environment and compare it with the checkout.

    python -m benchmarks.install_check IMAGES [--tiles 20]

Builds the wheel, installs it with its libraries in a new virtual environment outside the checkout (minutes, some
gigabytes), and removes that afterward. There it runs `seep predict` on the first tiles of a folder, compares every
byte of the masks with those of the checkout, runs the quickstart notebook's code, starts the app, and times
`import seep`. Exit status 0 if all of it works.
"""

import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = (
    *("seep", "pages", "models", ".streamlit"),
    *("app.py", "setup.py", "pyproject.toml", "requirements.txt", "README.md", "LICENSE"),
)
NOTEBOOK = ROOT / "docs" / "notebooks" / "quickstart.ipynb"


def run(*command: object, cwd: Path) -> str:
    """Run a command without this checkout on its path; return what it prints."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["SEEP_DEVICE"] = "cpu"
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
    return done.stdout


def timed(name: str, task: Callable[[], str]) -> str:
    """Run a task and print its elapsed time."""
    began = time.perf_counter()
    result = task()
    print(f"{name:40}{time.perf_counter() - began:8.1f} s", flush=True)
    return result


def build_wheel(folder: Path) -> Path:
    """Build the wheel from a copy of the sources."""
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, source / name)
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, source, cwd=folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def answers(seep: Path, folder: Path) -> bool:
    """Start the installed app and ask whether it is healthy."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(seep), "app", "--port", str(port), "--workspace", str(folder / "app")]
    with (folder / "app.log").open("w") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        for _ in range(120):
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as answer:
                    return bool(answer.status == 200)
            except OSError:
                time.sleep(1)
        return False
    finally:
        process.terminate()
        process.wait(30)


def check(folder: Path, images: Path, count: int) -> bool:
    """Do everything in one folder; say whether it works."""
    chosen = folder / "images"
    chosen.mkdir()
    for path in sorted(images.glob("*.tif*"))[:count]:
        shutil.copy2(path, chosen)
    wheel = build_wheel(folder)
    print(f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB")
    timed(
        "create a virtual environment", lambda: run(sys.executable, "-m", "venv", folder / "env", cwd=folder)
    )
    python, seep = folder / "env" / "bin" / "python", folder / "env" / "bin" / "seep"
    timed("pip install", lambda: run(python, "-m", "pip", "install", "--quiet", wheel, cwd=folder))
    timed(
        "predict, installed", lambda: run(seep, "predict", chosen, "--out", folder / "installed", cwd=folder)
    )
    command = (sys.executable, "-m", "seep", "predict", chosen, "--out", folder / "checkout")
    timed("predict, checkout", lambda: run(*command, cwd=ROOT))
    mine, theirs = (
        {p.name: p.read_bytes() for p in (folder / one).iterdir()} for one in ("installed", "checkout")
    )
    same = mine == theirs and len(mine) == len(list(chosen.iterdir()))
    print(f"{len(mine)} masks, {'every byte alike' if same else 'DIFFERENT'}")
    cells = [one for one in json.loads(NOTEBOOK.read_text())["cells"] if one["cell_type"] == "code"]
    script = folder / "quickstart.py"
    script.write_text("\n".join("".join(cell["source"]) for cell in cells))
    timed("notebook", lambda: run(python, script, cwd=folder))
    code = "import time; t = time.perf_counter(); import seep; print(time.perf_counter() - t)"
    imported = min(float(run(python, "-c", code, cwd=folder)) for _ in range(5))
    print(f"import seep: {1000 * imported:.1f} ms")
    alive = timed("app answers", lambda: str(answers(seep, folder))) == "True"
    return same and alive and imported < 0.2


def main() -> int:
    """Read the arguments and check."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("images", type=Path, metavar="IMAGES", help="folder of real tiles")
    parser.add_argument("--tiles", type=int, default=20, metavar="N", help="tiles to predict (20)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="seep-install-") as folder:
        works = check(Path(folder), options.images.resolve(), options.tiles)
    print("works" if works else "does not work")
    return 0 if works else 1


if __name__ == "__main__":
    sys.exit(main())
