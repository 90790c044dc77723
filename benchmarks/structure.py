"""Count what makes the code hard to enter: lines, modules, re-exports, untyped contracts, suppressed checks.

    python -m benchmarks.structure [--before REVISION]

Compares a git revision with the working tree. Prints a table and, as its last line, JSON.
"""

import argparse
import ast
import io
import json
import re
import subprocess
import tarfile
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_CHECKS = ("tests", "seep_testing", "benchmarks", "research")
_PATTERNS = {
    "dict[str, Any]": r"dict\[str, Any\]",
    "caches by hand": r"= (?:LRU|TTL)Cache|: (?:LRU|TTL)Cache",
    "locks by hand": r"with (?:self\.)?_lock:",
    "for one in": r"\bfor one in\b",
    "docstring arguments `workspace:`": r"^ +workspace: [a-z]",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Count in both trees, print a table and JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--before", default="9ba3c00", metavar="REVISION", help="default: %(default)s")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        _unpack(chosen.before, Path(folder))
        found = {"before": measure(Path(folder)), "after": measure(ROOT)}
    print(f"{'':50}{chosen.before:>10}{'now':>10}")
    for name in found["before"]:
        print(f"{name:50}{found['before'][name]:>10}{found['after'][name]:>10}")
    print(json.dumps({"revision": chosen.before, **found}))


def _existing(revision: str) -> list[str]:
    command = ["git", "ls-tree", "--name-only", revision]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split()
    return [name for name in names if name in {"seep", "pages", "app.py", *_CHECKS}]


def _unpack(revision: str, folder: Path) -> None:
    command = ["git", "archive", revision, *_existing(revision)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")


def measure(root: Path) -> dict[str, int]:
    """Count lines, modules, re-exports, untyped signatures and suppressed checks of a source tree."""
    python = sorted((root / "seep").rglob("*.py"))
    scripts = sorted((root / "seep").rglob("*.js"))
    texts = {path: path.read_text() for path in python}
    trees = {path: ast.parse(text) for path, text in texts.items()}
    own = [path for path in python if path.name != "__init__.py"]
    packages = Counter(path.parent for path in own)
    workflow = {path: tree for path, tree in trees.items() if path.is_relative_to(root / "seep" / "workflow")}
    return {
        "lines of Python": sum(text.count("\n") for text in texts.values()),
        "lines of JavaScript": sum(path.read_text().count("\n") for path in scripts),
        "Python modules": len(own),
        "JavaScript modules": len(scripts),
        "Python modules under 40 lines": sum(texts[path].count("\n") < 40 for path in own),
        "packages": len(packages),
        "modules of the largest package": max(packages.values()),
        "modules in the root of workflow": packages[root / "seep" / "workflow"],
        "re-exported names": sum(_re_exports(tree) for tree in trees.values()),
        "dict[str, Any] in public signatures of workflow": sum(map(_untyped, workflow.values())),
        "noqa": sum(len(re.findall(r"#\s*noqa", text)) for text in texts.values()),
        "noqa: PLR0917": sum(len(re.findall(r"#\s*noqa:.*PLR0917", text)) for text in texts.values()),
        "type: ignore": sum(text.count("# type: ignore") for text in texts.values()),
        **{
            name: sum(len(re.findall(pattern, text, re.MULTILINE)) for text in texts.values())
            for name, pattern in _PATTERNS.items()
        },
        "modules and units in circles": _in_circles(trees, root),
        **{f"lines of Python in {name}": _lines(root / name, "*.py") for name in _CHECKS},
        "lines of JavaScript tests": _lines(root / "tests", "*.js"),
    }


def _lines(folder: Path, pattern: str) -> int:
    return sum(path.read_text().count("\n") for path in folder.rglob(pattern))


def _in_circles(trees: dict[Path, ast.Module], root: Path) -> int:
    """Modules that import each other in a circle, in functions or for types too, and units of a layer that do."""
    names = {".".join(path.relative_to(root).with_suffix("").parts): tree for path, tree in trees.items()}
    graph: dict[str, set[str]] = {}
    units: dict[str, set[str]] = {}
    for module, tree in names.items():
        nodes = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        found = {f"{node.module}.{name.name}" for node in nodes for name in node.names}
        graph[module] = (found | {str(node.module) for node in nodes}) & names.keys()
        layer, unit = module.split(".")[:2], ".".join(module.split(".")[:3])
        inside = {
            ".".join(target.split(".")[:3]) for target in graph[module] if target.split(".")[:2] == layer
        }
        units.setdefault(unit, set()).update(inside - {unit})
    return len(_circles(graph)) + len(_circles(units))


def _circles(graph: dict[str, set[str]]) -> set[str]:
    """What can reach itself."""
    reached = {node: set(targets) for node, targets in graph.items()}
    while True:
        wider = {node: targets.union(*(reached[one] for one in targets)) for node, targets in reached.items()}
        if wider == reached:
            return {node for node, targets in reached.items() if node in targets}
        reached = wider


def _re_exports(tree: ast.Module) -> int:
    """Names in `__all__` that the module imports from elsewhere, and `import x as x`."""
    imported, listed, forwarded = set[str](), set[str](), 0
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            imported |= {name.asname or name.name for name in node.names}
            forwarded += sum(name.asname == name.name for name in node.names)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            listed |= {one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant)}  # type: ignore[misc]
    return len(imported & listed) + forwarded


def _untyped(tree: ast.Module) -> int:
    """Public functions and methods whose signature has a `dict[str, Any]`."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            notes = [node.returns, *(one.annotation for one in [*node.args.args, *node.args.kwonlyargs])]
            count += any(note is not None and "dict[str, Any]" in ast.unparse(note) for note in notes)
    return count


if __name__ == "__main__":
    main()
