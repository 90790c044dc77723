"""The files in `deploy/` are valid, and agree with the app and its settings. No container is started."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import compose_spec
import pytest
import yaml

from seep.web.routes import routes
from seep.workflow.maintenance.backup import backup
from tests.actors import ADA
from tests.workflow.making import fill, make_workspace, write_tiles

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
PROXY = (DEPLOY / "haproxy.cfg").read_text()
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
COMPOSE = sorted(DEPLOY.glob("compose*.yaml"))
BUNDLED = {
    *("seep", "pages", "docs", "models", "deploy", ".streamlit", "app.py", "setup.py", "pyproject.toml"),
    *("requirements-postgresql.txt", "requirements-cluster.txt", "README.md", "LICENSE"),
}
KUBERNETES = "1.34"
"""Version against which the manifests are checked."""

_VALUES = {"VARIANT": "cpu", "TORCH_INDEX": "", "HOST_NAME": "localhost"}
_VARIABLE = re.compile(r"(?<!\$)\$\{([A-Z_0-9]+)(?::[-?]([^}]*))?\}")


def interpolated(text: str) -> str:
    """Fill in the variables of a compose file: known ones, defaults, and a word for each secret."""
    return _VARIABLE.sub(lambda found: _VALUES.get(found[1]) or found[2] or "secret", text)


def services() -> dict[str, dict[str, Any]]:
    return dict(yaml.safe_load(interpolated((DEPLOY / "compose.yaml").read_text()))["services"])


def objects() -> list[dict[str, Any]]:
    return [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text())]


def named(kind: str, name: str) -> dict[str, Any]:
    return next(one for one in objects() if one["kind"] == kind and one["metadata"]["name"] == name)


def pods() -> dict[str, dict[str, Any]]:
    """The pods' specifications of all manifests, by kind and name."""
    found = {}
    for one in objects():
        where = f"{one['kind']} {one['metadata']['name']}"
        if one["kind"] == "RayCluster":
            found[f"{where} head"] = one["spec"]["headGroupSpec"]["template"]["spec"]
            for group in one["spec"]["workerGroupSpecs"]:
                found[f"{where} {group['groupName']}"] = group["template"]["spec"]
        elif "template" in one.get("spec", {}):
            found[where] = one["spec"]["template"]["spec"]
    return found


def containers() -> list[dict[str, Any]]:
    return [container for pod in pods().values() for container in pod["containers"]]


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_compose_files_follow_the_specification(path: Path) -> None:
    resolved = yaml.safe_load(interpolated(path.read_text()))  # merge keys are YAML's, not part of Compose
    parsed = compose_spec.PyCompose.from_yaml(yaml.safe_dump(resolved, sort_keys=False))
    assert set(parsed.service_names()) == set(resolved["services"])


def test_services_depend_on_services_that_exist_and_mount_volumes_that_exist() -> None:
    found = services()
    for name, one in found.items():
        assert set(one.get("depends_on", ())) <= set(found), name
        sources = {volume.split(":")[0] for volume in one.get("volumes", ())}
        declared = set(yaml.safe_load((DEPLOY / "compose.yaml").read_text())["volumes"])
        for source in sources:
            assert (DEPLOY / source).exists() if source.startswith("./") else source in declared, name


def test_every_variable_of_the_compose_file_is_in_the_example() -> None:
    asked = {found[1] for found in _VARIABLE.finditer((DEPLOY / "compose.yaml").read_text())}
    example = set(re.findall(r"^([A-Z0-9_]+)=", (DEPLOY / "example.env").read_text(), re.MULTILINE))
    assert asked == example


def test_manifests_follow_the_schema_of_kubernetes() -> None:
    import kubernetes_validate  # importing it takes as long as importing torch

    checked = 0
    for one in objects():
        if one["apiVersion"] == "ray.io/v1":  # its schema is not that of Kubernetes; its pods are
            continue
        kubernetes_validate.validate(one, KUBERNETES, strict=True)
        checked += 1
    assert checked >= 10
    for name, pod in pods().items():
        template = {
            "apiVersion": "v1",
            "kind": "PodTemplate",
            "metadata": {"name": "pod"},
            "template": {"spec": pod},
        }
        kubernetes_validate.validate(template, KUBERNETES, strict=True)
        assert name


def test_a_wrong_manifest_is_found() -> None:
    import kubernetes_validate  # importing it takes as long as importing torch

    wrong = named("StatefulSet", "app")
    wrong["spec"]["replica"] = 3
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, KUBERNETES, strict=True)


def test_kustomization_names_every_manifest() -> None:
    listed = yaml.safe_load((DEPLOY / "kustomization.yaml").read_text())
    assert sorted(listed["resources"]) == [f"kubernetes/{path.name}" for path in MANIFESTS]
    for generated in listed["configMapGenerator"]:
        assert all((DEPLOY / name).is_file() for name in generated["files"])


def test_pods_name_settings_that_exist() -> None:
    maps = {one["metadata"]["name"] for one in objects() if one["kind"] == "ConfigMap"} | {"proxy"}
    for container in containers():
        for source in container.get("envFrom", ()):
            if "configMapRef" in source:
                assert source["configMapRef"]["name"] in maps
            else:
                assert source["secretRef"]["name"] == "seep"
    for name, pod in pods().items():
        volumes = {one["name"] for one in pod.get("volumes", ())}
        for claim in (
            named("StatefulSet", "app")["spec"]["volumeClaimTemplates"] if "Stateful" in name else ()
        ):
            volumes.add(claim["metadata"]["name"])
        mounted = {mount["name"] for one in pod["containers"] for mount in one.get("volumeMounts", ())}
        assert mounted <= volumes, name


def test_every_image_has_a_version() -> None:
    images = [one["image"] for one in [*services().values(), *containers()]]
    images += [f"python:{found}" for found in re.findall(r"^ARG PYTHON=(.*)$", DOCKERFILE, re.MULTILINE)]
    assert len(images) > 12
    for image in images:
        tag = image.rpartition(":")[2]
        assert tag != image, image
        assert re.search(r"\d", tag), image
        assert tag != "latest", image


def test_nothing_runs_as_root() -> None:
    assert re.findall(r"^USER (\d+)$", DOCKERFILE, re.MULTILINE) == ["10001"]
    for name, pod in pods().items():
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["runAsUser"] > 0, name
        for container in pod["containers"]:
            assert container["securityContext"]["allowPrivilegeEscalation"] is False, name


def test_settings_are_documented() -> None:
    known = set(re.findall(r"`(SEEP_[A-Z_]+)`", (ROOT / "docs" / "settings.md").read_text()))
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        unknown = set(re.findall(r"\bSEEP_[A-Z_]+", path.read_text())) - known
        assert not unknown, path.name


def test_the_app_listens_where_the_proxy_asks_it() -> None:
    port = re.search(
        r'^CMD \["app", "--address", "0\.0\.0\.0", "--port", "(\d+)"\]$', DOCKERFILE, re.MULTILINE
    )
    assert port is not None
    assert f"EXPOSE {port[1]}\n" in DOCKERFILE
    asked = services()["proxy"]["environment"]
    for number, name in enumerate(("PROXY_SERVER_ONE", "PROXY_SERVER_TWO"), 1):
        assert asked[name] == f"app-{number}:{port[1]}"
        assert f"app-{number}" in services()
    app = named("StatefulSet", "app")
    (proxy,) = named("Deployment", "proxy")["spec"]["template"]["spec"]["containers"]
    values = {one["name"]: one["value"] for one in proxy["env"]}
    for number, name in enumerate(("PROXY_SERVER_ONE", "PROXY_SERVER_TWO")):
        assert values[name] == f"app-{number}.{app['spec']['serviceName']}:{port[1]}"
    assert app["spec"]["replicas"] == 2
    assert named("Service", "app")["spec"]["ports"][0]["port"] == int(port[1])


def test_health_checks_ask_addresses_of_the_app() -> None:
    texts = [DOCKERFILE, PROXY, *(path.read_text() for path in [*MANIFESTS, *COMPOSE])]
    asked = {found for text in texts for found in re.findall(r"/seep/(?:healthz|readyz)", text)}
    assert asked == {"/seep/healthz", "/seep/readyz"}
    assert asked <= {getattr(route, "path", "") for route in routes()}


def test_the_image_has_what_it_copies() -> None:
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, re.MULTILINE)
    files = [name for one in sources for name in one.split()]
    admitted = re.findall(r"^!(\S+)$", (DEPLOY / "Dockerfile.dockerignore").read_text(), re.MULTILINE)
    assert {"app.py", "seep", "requirements.lock"} <= set(files)
    for name in files:
        assert (ROOT / name).exists(), name
        assert name in admitted, name


def test_the_dockerfile_passes_hadolint() -> None:
    hadolint = Path(sys.executable).with_name("hadolint")
    done = subprocess.run([hadolint, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_cluster_and_image_have_the_same_ray() -> None:
    pinned = re.search(
        r"^ray(?:\[[^\]]*\])?==(.+)$", (ROOT / "requirements-cluster.txt").read_text(), re.MULTILINE
    )
    assert pinned is not None
    assert named("RayCluster", "ray")["spec"]["rayVersion"] == pinned[1]


@pytest.mark.skipif(
    shutil.which("haproxy") is None, reason="HAProxy runs in tests/browser/test_two_servers.py"
)
@pytest.mark.parametrize("more", [{}, {"PROXY_BEHIND_TLS": "1"}], ids=["plain", "behind TLS"])
def test_the_proxy_accepts_its_configuration(more: dict[str, str]) -> None:
    values = {
        "PROXY_BIND": ":8080",
        "PROXY_SERVER_ONE": "127.0.0.1:8501",
        "PROXY_SERVER_TWO": "127.0.0.1:8502",
    }
    command = [str(shutil.which("haproxy")), "-c", "-f", str(DEPLOY / "haproxy.cfg")]
    done = subprocess.run(command, env={**values, **more}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def run(*command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **settings}
    return subprocess.run(command, check=False, cwd=ROOT, env=environment, capture_output=True, text=True)


def backup_commands() -> dict[str, str]:
    """What the unit and cron run, as they unescape it."""
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read(DEPLOY / "seep-backup.service")
    *_, shell = shlex.split(unit["Service"]["ExecStart"].replace("%%", "%"))
    line = (DEPLOY / "seep-backup.cron").read_text().splitlines()[-1]
    return {"systemd": shell, "cron": line.split(maxsplit=6)[6].replace(r"\%", "%")}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["systemd", "cron"])
def test_the_scheduled_backup_keeps_the_newest(tmp_path: Path, name: str) -> None:
    workspace = make_workspace(tmp_path / "seep" / "workspace")
    fill(workspace, *write_tiles(tmp_path / "images", ("a",)))
    folder = tmp_path / "seep" / "backups"
    for number in range(3):
        backup(workspace, folder / f"2026-01-0{number}", ADA)
    command = (
        backup_commands()[name].replace("--keep 14", "--keep 2").replace("cd /srv/seep/app", f"cd {ROOT}")
    )
    command = re.sub(r"\S*\.venv/bin/python", sys.executable, command)
    command = command.replace("/srv/seep/", f"{tmp_path}/seep/")
    settings = {"SEEP_WORKSPACE": str(tmp_path / "seep" / "workspace"), "SEEP_WORKSPACE_MUST_EXIST": "1"}
    done = run("sh", "-c", command, **settings)
    assert done.returncode == 0, done.stderr
    old, new = sorted(path.name for path in folder.iterdir())
    assert (old, new > "2026-06") == ("2026-01-02", True)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("needs systemd-analyze")
    for path in DEPLOY.glob("seep*.*"):
        text = path.read_text().replace("/srv/seep/app/.venv/bin/python", sys.executable)
        (tmp_path / path.name).write_text(text)
    units = [str(path) for path in sorted(tmp_path.iterdir()) if path.suffix in {".service", ".timer"}]
    assert len(units) == 3
    done = run(analyze, "verify", *units)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_the_bundle_installs_without_a_network(tmp_path: Path) -> None:
    """The script as it is, with one library in place of all."""
    source = tmp_path / "source"
    shutil.copytree(
        ROOT, source, ignore=lambda folder, names: set(names) - BUNDLED if folder == str(ROOT) else set()
    )
    lock = (ROOT / "requirements.lock").read_text()
    entry = re.search(r"^(packaging==\S+) (\\\n.*)+", lock, re.MULTILINE)
    assert entry is not None
    (source / "requirements.lock").write_text(f"{entry[0]}\n")
    (source / "requirements.txt").write_text(f"{entry[1]}\n")
    bundle, venv = tmp_path / "bundle", tmp_path / "venv"
    script = ["bash", str(source / "deploy" / "bundle.sh"), sys.executable, str(bundle)]
    written = run(*script)
    assert written.returncode == 0, written.stderr
    assert {path.name.split("-")[0] for path in (bundle / "wheels").iterdir()} == {"packaging", "seep"}
    again = run(*script)
    assert (again.returncode, "exists. Name a folder that does not" in again.stderr) == (1, True)

    dead = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")
    install = ["bash", str(bundle / "install.sh")]
    settings = {**dead, "PYTHON": sys.executable, "PIP_CONFIG_FILE": os.devnull}
    installed = run(*install, str(venv), **settings)
    assert installed.returncode == 0, installed.stderr
    (weights,) = venv.glob("lib/python*/site-packages/seep/models/seep-base.safetensors")
    assert weights.read_bytes() == (ROOT / "models" / "seep-base.safetensors").read_bytes()

    wheel = next((bundle / "wheels").glob("packaging*"))
    wheel.write_bytes(wheel.read_bytes() + b"changed")
    changed = run(*install, str(tmp_path / "other"), **settings)
    assert changed.returncode != 0
    assert "THESE PACKAGES DO NOT MATCH THE HASHES" in changed.stderr
