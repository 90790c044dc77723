"""The house keeps its rules: who imports whom, and how large modules, functions and pages are."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

MAY_IMPORT = {
    "core": {"core", "errors"},
    "io": {"core", "io", "errors", "settings"},
    "store": {"core", "store", "errors", "settings"},
    "engine": {"core", "engine", "errors", "settings"},
    "workflow": {"core", "io", "store", "engine", "workflow", "errors", "settings"},
    "jobs": {"core", "store", "workflow", "jobs", "errors", "settings"},
    "web": {"core", "workflow", "web", "errors", "settings"},
    "ui": {"core", "workflow", "ui", "web", "errors", "settings"},
    "cli": {"cli", "core", "workflow", "jobs", "errors", "settings"},
    "api": {"core", "store", "engine", "workflow", "jobs", "errors", "settings"},
    "client": {"core", "errors"},
    "errors": {"errors"},
    "settings": {"errors", "settings"},
}
ONLY_IN = {"streamlit": {"ui", "web"}, "torch": {"engine"}}
ONLY_IN_MODULE = {"obstore": "seep/store/files/bucket.py", "ray": "seep/jobs/ray.py"}
"""Libraries that the embedded default does without."""
PAGES_MAY_IMPORT = {"workflow", "ui", "web", "core", "errors", "settings"}
MODULE_LINES, FUNCTION_LINES, PAGE_LINES, APP_LINES, PACKAGE_MODULES = 500, 80, 120, 60, 22


def modules(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    """Absolute names of everything that a module imports, in functions too."""
    package = path.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (base, node.module or "") if part)
            yield name
            yield from (f"{name}.{alias.name}" for alias in node.names if name == "seep")


def layer_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "seep").parts
    return parts[0] if len(parts) > 1 else path.stem


def test_a_layer_imports_only_the_layers_below_it() -> None:
    found = []
    for path in modules("seep"):
        layer = layer_of(path)
        for name in imported(path):
            top = name.split(".")
            if top[0] == "seep" and len(top) > 1 and layer in MAY_IMPORT and top[1] not in MAY_IMPORT[layer]:
                found.append(f"{path}: {layer} imports {name}")
            if top[0] in ONLY_IN and layer not in ONLY_IN[top[0]]:
                found.append(f"{path}: {layer} imports {name}")
    assert not found


def test_libraries_for_several_machines_are_imported_in_one_module_and_only_when_used() -> None:
    for path in modules("seep", "pages"):
        name = path.relative_to(ROOT).as_posix()
        found = {one.split(".")[0] for one in imported(path)} & ONLY_IN_MODULE.keys()
        assert all(ONLY_IN_MODULE[library] == name for library in found), name
        for node in ast.parse(path.read_text()).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [one for one in names if one.split(".")[0] in ONLY_IN_MODULE], name


def import_graph() -> dict[str, set[str]]:
    """The modules of `seep` that each module imports, in functions and for types too; packages are left out."""
    paths = {path for path in modules("seep") if path.name != "__init__.py"}
    known = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in paths}
    graph = {}
    for module, path in known.items():
        statements = [
            node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        ]
        names = {f"{node.module}.{alias.name}" for node in statements for alias in node.names}
        graph[module] = (names | {str(node.module) for node in statements}) & known.keys()
    return graph


def unit_graph(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """The same between the units of each layer: `seep.LAYER.UNIT`, a package or a single module."""
    units: dict[str, set[str]] = {}
    for module, targets in graph.items():
        layer, unit = module.split(".")[:2], ".".join(module.split(".")[:3])
        inside = {".".join(target.split(".")[:3]) for target in targets if target.split(".")[:2] == layer}
        units.setdefault(unit, set()).update(inside - {unit})
    return units


def circles(graph: dict[str, set[str]]) -> list[str]:
    """What is left of a graph when whatever imports nothing that is left, or is imported by nothing, is taken away."""
    left = {node: set(targets) for node, targets in graph.items()}
    while True:
        imported_by_others = set[str]().union(*left.values())
        kept = {node for node, targets in left.items() if targets and node in imported_by_others}
        if len(kept) == len(left):
            return sorted(left)
        left = {node: left[node] & kept for node in kept}


def test_a_circle_of_imports_is_seen() -> None:
    circle = {"top": {"a"}, "a": {"b"}, "b": {"c"}, "c": {"a", "d"}, "d": set[str]()}
    assert circles(circle) == ["a", "b", "c"]
    assert circles({**circle, "c": {"d"}}) == []


def test_neither_modules_nor_packages_inside_a_layer_import_each_other_in_a_circle() -> None:
    graph = import_graph()
    assert len(graph) > 400
    assert circles(graph) == []
    assert circles(unit_graph(graph)) == []


def test_a_unit_of_workflow_imports_only_units_of_the_floors_below_it() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text().split("## Floors of workflow")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (\d+) \| (.+) \|$", text, re.MULTILINE)
    floors = {name: int(number) for number, names in rows for name in re.findall(r"`(\w+)`", names)}
    units = {
        unit.split(".")[2]: {target.split(".")[2] for target in targets}
        for unit, targets in unit_graph(import_graph()).items()
        if unit.startswith("seep.workflow.")
    }
    assert floors.keys() == units.keys()
    upward = {
        f"{unit} imports {target}"
        for unit, targets in units.items()
        for target in targets
        if floors[target] >= floors[unit]
    }
    assert upward == set()


def test_a_page_knows_neither_store_nor_engine() -> None:
    found = []
    for path in modules("pages"):
        for name in imported(path):
            top = name.split(".")
            if top[0] in {"torch", "sqlalchemy", "cv2"}:
                found.append(f"{path.name} imports {name}")
            if top[0] == "seep" and len(top) > 1 and top[1] not in PAGES_MAY_IMPORT:
                found.append(f"{path.name} imports {name}")
    assert not found


def test_benchmarks_and_research_do_not_import_tests() -> None:
    found = {
        f"{path}: {name}"
        for path in modules("benchmarks", "research", "seep_testing", "docs/screenshots")
        for name in imported(path)
        if name.split(".")[0] == "tests"
    }
    assert found == set()


def test_no_package_is_a_flat_drawer() -> None:
    counts = Counter(path.parent for path in modules("seep") if path.name != "__init__.py")
    assert not {str(folder): count for folder, count in counts.items() if count > PACKAGE_MODULES}


def function_lengths(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            doc = ast.get_docstring(node, clean=False)
            yield node.name, (node.end_lineno or 0) - node.lineno + 1 - (doc.count("\n") + 1 if doc else 0)


def test_budgets_are_kept_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    sizes = {path: path.read_text().count("\n") for path in [*modules("seep", "pages"), ROOT / "app.py"]}
    limits = {
        path: PAGE_LINES
        if path.parent.name == "pages"
        else APP_LINES
        if path.name == "app.py"
        else MODULE_LINES
        for path in sizes
    }
    functions = [(path, name, lines) for path in sizes for name, lines in function_lengths(path)]
    scripts = {path: path.read_text().count("\n") for path in (ROOT / "seep").rglob("*.js")}
    with capsys.disabled():
        largest = max(sizes, key=lambda path: sizes[path] / limits[path])
        longest = max(functions, key=lambda item: item[2])
        print(
            f"\nbudgets: {len(sizes)} modules, largest {largest.relative_to(ROOT)} "
            f"{sizes[largest]}/{limits[largest]} lines; {len(functions)} functions, longest "
            f"{longest[1]} in {longest[0].relative_to(ROOT)} {longest[2]}/{FUNCTION_LINES} lines; "
            f"{len(scripts)} scripts, largest {max(scripts.values(), default=0)}/{MODULE_LINES} lines"
        )
    assert not {str(path): size for path, size in sizes.items() if size > limits[path]}
    assert not [item for item in functions if item[2] > FUNCTION_LINES]
    assert not {str(path): size for path, size in scripts.items() if size > MODULE_LINES}


def test_nothing_is_unpickled_and_no_markup_is_trusted() -> None:
    trusting = re.compile(r"pickle\.load|weights_only\s*=\s*False|unsafe_allow_html\s*=\s*True")
    found = [
        path for path in [*modules("seep", "pages"), ROOT / "app.py"] if trusting.search(path.read_text())
    ]
    assert not found


def test_a_page_opens_without_torch() -> None:
    """Modules outside the engine import it only inside functions, so torch loads when it is first needed."""
    for path in modules("seep", "pages"):
        if path.is_relative_to(ROOT / "seep" / "engine"):
            continue
        for node in ast.parse(path.read_text()).body:
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            assert not [n for n in names if n.startswith(("torch", "seep.engine"))], path


WRITES = {"transaction", "rmtree", "unlink"}
"""Names of calls that change the workspace."""

WITHOUT_ACTOR = {
    # The worker's side of a job that a checked function has queued.
    "evaluation/checkpoints.py: run_evaluate",
    "models/promotion.py: show_active",
    "inference/raster_scenes.py: predict_raster_scene",
    "inference/tiles.py: predict_tiles",
    "review/label_errors.py: measure",
    "inference/shards.py: predict_by_shards",
    "training/job.py: run_finetune",
    "training/mlflow.py: export_waiting",
    "training/preview_files.py: write_epoch",
    "training/run_files.py: fetch_state",
    "training/run_files.py: forget_states",
    "training/run_files.py: remove_state",
    "training/run_files.py: share_state",
    # Caches, files and events that are due: nothing that a person made.
    "maintenance/webhooks.py: send_due",
    "imports/buckets.py: remove_leftovers",
    "uploads.py: delete_old_uploads",
    "scenes/layout.py: infer_columns",
    "places/detection.py: refresh_sites",
    # Called by the checked exports, to zip what they write.
    "exports/downloads.py: zip_for_download",
    # Called with the actor's upload by checked functions.
    "imports/archives.py: unpack_source",
    "conversion.py: converted",
    "uploads.py: add_uploaded",
    # Signing in and out: before there is an actor, by a secret that the sender proves.
    "access/accounts.py: change_own_password",
    "access/accounts.py: checked_person",
    "access/throttle.py: begin_attempt",
    "access/accounts.py: person_of",
    "access/accounts.py: sign_out",
    "access/accounts.py: start_session",
    "access/identity.py: identify",
    # A new workspace, before anybody has signed in.
    "workspace.py: open_workspace",
}


def calls(node: ast.AST) -> set[str]:
    """Names of everything that a piece of code calls."""
    called = [one.func for one in ast.walk(node) if isinstance(one, ast.Call)]
    methods = {one.attr for one in called if isinstance(one, ast.Attribute)}
    return methods | {one.id for one in called if isinstance(one, ast.Name)}


def writing_functions(path: Path) -> Iterator[ast.FunctionDef]:
    """Public functions of a module that change a workspace, themselves or through private helpers."""
    defined = [
        node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef | ast.ClassDef)
    ]
    private = {node.name: calls(node) for node in defined if node.name.startswith("_")}
    for node in defined:
        if isinstance(node, ast.ClassDef) or node.name.startswith("_"):
            continue
        reached, seen = calls(node), set[str]()
        while helpers := (reached & private.keys()) - seen:
            seen |= helpers
            reached = reached.union(*(private[name] for name in helpers))
        if reached & WRITES and (node.args.args[0].arg == "workspace" or node.name == "open_workspace"):
            yield node


def test_a_workflow_function_that_changes_something_names_its_role() -> None:
    root = ROOT / "seep" / "workflow"
    found = {
        f"{path.relative_to(root).as_posix()}: {node.name}"
        for path in modules("seep/workflow")
        for node in writing_functions(path)
        if not any(ast.unparse(one).startswith("requires(") for one in node.decorator_list)
    }
    assert found - WITHOUT_ACTOR == set(), "decorate these with seep.workflow.actor.requires, or say why not"
    assert WITHOUT_ACTOR - found == set(), "these are gone or name a role now"
