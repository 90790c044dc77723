"""Run the steps of deploy/Dockerfile and the services of deploy/compose.yaml without a registry of images.

    python -m benchmarks.image_check --cache /var/tmp/seep-image [--bind DIR]...

Needs root, mmdebstrap, iproute2 and HAProxy of Debian, and this project's test environment. The image's base is a
Debian made by mmdebstrap, in which each instruction is run by chroot. Each service is a process with the environment
of the compose file and a network namespace of its own, as the user of the image, without capabilities. PostgreSQL and
HAProxy are those of this machine, and the S3 server is moto. Then a person is added, signs in through the proxy, and
the demo's tiles are read through both app servers. `--bind` names folders that pip needs, such as a mirror.

Prints a table of steps with seconds and, as the last line, JSON; exit status 1 at the first step that fails.
"""

import argparse
import json
import os
import pwd
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
SECRETS = {"POSTGRES_PASSWORD": "a" * 48, "S3_PASSWORD": "b" * 48, "COOKIE_SECRET": "c" * 48}
NETWORK = "10.87.0"
PATIENCE_S = 240
NAME, PASSWORD = "Ana Lima", "correct horse battery"


@dataclass
class Image:
    """What the Dockerfile has made so far: a root file system and the values that later instructions use."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = "0"
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)
    health: list[str] = field(default_factory=list)


@dataclass
class Clock:
    """Seconds by step."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step."""
        started = time.monotonic()
        yield
        self.seconds[name] = round(time.monotonic() - started, 1)
        print(f"{name:70} {self.seconds[name]:8.1f} s", flush=True)


def run(*words: str, **more: Any) -> str:
    """Run a command; return what it prints.

    Raises:
        SystemExit: it failed.
    """
    done = subprocess.run(words, capture_output=True, text=True, check=False, **more)
    if done.returncode:
        raise SystemExit(f"{shlex.join(words)} failed:\n{done.stdout[-2000:]}{done.stderr[-3000:]}")
    return str(done.stdout)


def instructions(text: str) -> Iterator[tuple[str, str]]:
    """Yield the instructions of a Dockerfile as word and rest, comments left out and lines joined."""
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if line.strip():
            word, _, rest = line.strip().partition(" ")
            yield word, rest.strip()


def inside(
    image: Image, words: list[str], *, binds: list[Path], volume: Path | None = None, user: str = ""
) -> list[str]:
    """Return a command that runs another one in an image, in a mount namespace of its own.

    Args:
        binds: folders of this machine that it sees at the same place.
        volume: folder that lies at /var/lib/seep.
        user: number of the user, without capabilities; root if "".
    """
    mounts = [f"mount -t proc proc {image.root}/proc", f"mount --rbind /dev {image.root}/dev"]
    mounts += [f"mount --bind {one} {image.root}{one}" for one in binds]
    if volume is not None:
        mounts.append(f"mount --bind {volume} {image.root}/var/lib/seep")
        mounts += [f"mount -t tmpfs tmpfs {image.root}/{one}" for one in ("tmp", "dev/shm")]
    as_user = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", "--bounding-set=-all",
               "--no-new-privs"] if user else []  # fmt: skip
    environment = [f"{name}={value}" for name, value in image.environment.items()]
    change = f'cd {shlex.quote(image.folder)} && exec "$@"'
    words = ["env", "-i", "HOME=/home/seep" if user else "HOME=/root", "LANG=C.UTF-8", *environment, *words]
    words = [*as_user, "sh", "-c", change, "sh", *words]
    shell = " && ".join([*mounts, f"exec chroot {image.root} {shlex.join(words)}"])
    return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", shell]


def build(cache: Path, binds: list[Path], clock: Clock) -> Image:
    """Run the Dockerfile's instructions; return the last stage."""
    base = cache / "base"
    if not base.exists():
        with clock.step("base: mmdebstrap bookworm, python3, python3-venv"):
            run("mmdebstrap", "--variant=minbase", "--include=python3,python3-venv,ca-certificates", "bookworm",
                str(base))  # fmt: skip
        (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")  # as in the official image
    arguments = {
        "PYTHON": "",
        "VARIANT": "cuda",
        "TORCH_INDEX": "",
    }  # "cuda": torch as pip's index here has it
    pip = Path.home() / ".config/pip/pip.conf"
    stages: dict[str, Image] = {}
    image = Image(base)
    for number, (word, rest) in enumerate(instructions((DEPLOY / "Dockerfile").read_text())):
        if word == "ARG":
            continue
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            image = stages[name] = Image(
                cache / name, {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}
            )
            run("rm", "-rf", str(image.root))
            run("cp", "--archive", str(base), str(image.root))
            for path in (
                "etc/resolv.conf",
                "etc/ssl/certs/ca-certificates.crt",
            ):  # as this machine reaches pip's index
                shutil.copy(f"/{path}", image.root / path)
            for one in binds:
                (image.root / str(one)[1:]).mkdir(parents=True, exist_ok=True)
            continue
        with clock.step(f"{number}: {word} {rest[:60]}"):
            if word == "RUN":
                if pip.exists():
                    (image.root / "etc/pip.conf").write_text(pip.read_text())
                values = replace(image, environment={**arguments, **image.environment})
                run(*inside(values, ["sh", "-c", rest], binds=binds))
            elif word == "COPY":
                copy(rest, image, stages)
            else:
                note(image, word, rest)
    return image


def note(image: Image, word: str, rest: str) -> None:
    """Keep the value of an instruction that runs nothing."""
    if word == "ENV":
        for part in shlex.split(rest):
            name, _, value = part.partition("=")
            image.environment[name] = value.replace("$PATH", image.environment["PATH"])
    elif word == "WORKDIR":
        image.folder = rest
        (image.root / rest[1:]).mkdir(parents=True, exist_ok=True)
    elif word == "USER":
        image.user = rest
    elif word == "ENTRYPOINT":
        image.entrypoint = json.loads(rest)
    elif word == "CMD":
        image.command = json.loads(rest)
    elif word == "HEALTHCHECK":
        image.health = json.loads(rest.partition("CMD")[2])


def copy(rest: str, image: Image, stages: dict[str, Image]) -> None:
    """Run a COPY instruction."""
    *sources, target = rest.split()
    start = ROOT
    if sources[0].startswith("--from="):
        start = stages[sources.pop(0).removeprefix("--from=")].root
    where = Path(target) if target.startswith("/") else Path(image.folder) / target
    for source in sources:
        path = start / source.lstrip("/")
        to = image.root / str(where)[1:]
        if path.is_dir():
            run("cp", "--archive", "--no-target-directory", str(path), str(to))
        else:
            to = to / path.name if target.endswith("/") else to
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)


def services() -> dict[str, dict[str, Any]]:
    """The services of the compose file, variables filled in."""
    text = (DEPLOY / "compose.yaml").read_text()
    text = re.sub(r"\$\{(\w+)(?::[-?]([^}]*))?\}", lambda one: SECRETS.get(one[1]) or one[2] or "", text)
    return dict(yaml.safe_load(text)["services"])


class Network:
    """A bridge with an address for each service, by name in /etc/hosts of all of them."""

    def __init__(self, names: list[str], image: Image) -> None:
        self.names = names
        run("ip", "link", "add", "seep0", "type", "bridge")
        run("ip", "addr", "add", f"{NETWORK}.1/24", "dev", "seep0")
        run("ip", "link", "set", "seep0", "up")
        hosts = ["127.0.0.1 localhost"]
        for number, name in enumerate(names, 10):
            run("ip", "netns", "add", name)
            run("ip", "link", "add", f"s{number}", "type", "veth", "peer", "name", f"p{number}")
            run("ip", "link", "set", f"s{number}", "master", "seep0", "up")
            run("ip", "link", "set", f"p{number}", "netns", name)
            for words in (
                f"addr add {self.address(name)}/24 dev p{number}",
                f"link set p{number} up",
                "link set lo up",
            ):
                run("ip", "-n", name, *words.split())
            hosts.append(f"{self.address(name)} {name}")
            folder = Path("/etc/netns") / name
            folder.mkdir(parents=True, exist_ok=True)
        text = "\n".join(hosts) + "\n"
        (image.root / "etc/hosts").write_text(text)
        for name in names:  # for the programs of this machine
            (Path("/etc/netns") / name / "hosts").write_text(text)

    def address(self, name: str) -> str:
        return f"{NETWORK}.{10 + self.names.index(name)}"

    def close(self) -> None:
        for number, name in enumerate(self.names, 10):
            run("ip", "link", "del", f"s{number}")  # a process that is still ending keeps its namespace
            run("ip", "netns", "del", name)
            shutil.rmtree(Path("/etc/netns") / name)
        run("ip", "link", "del", "seep0")


@dataclass
class System:
    """The services, each a process in its network namespace."""

    image: Image
    network: Network
    folder: Path
    processes: ExitStack

    def start(self, name: str, words: list[str]) -> None:
        """Start a process in the network of a service; it is ended with the system."""
        log = (self.folder / f"{name}.log").open("wb")
        # A host name of its own, which Ray asks for its address, and `restart: unless-stopped`.
        again = f'hostname {name}; until "$@"; do sleep 1; done'
        command = ["ip", "netns", "exec", name, "unshare", "--uts", "sh", "-c", again, "sh", *words]
        process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        self.processes.callback(os.killpg, process.pid, signal.SIGTERM)

    def in_image(self, name: str, service: dict[str, Any], words: list[str]) -> list[str]:
        """Return a command as the container of a service runs it: its volume, its environment, the image's user."""
        volume = self.folder / f"volume-{name}"
        if not volume.exists():
            volume.mkdir(mode=0o700)
            os.chown(volume, int(self.image.user), int(self.image.user))
        environment = {
            **self.image.environment,
            **{key: str(value) for key, value in service["environment"].items()},
        }
        image = replace(self.image, environment=environment)
        return inside(image, words, binds=[], volume=volume, user=self.image.user)

    def is_healthy(self, name: str, service: dict[str, Any]) -> bool:
        """Run the health check of the image in the container of a service."""
        words = ["ip", "netns", "exec", name, *self.in_image(name, service, self.image.health)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0


def start_stores(system: System, compose: dict[str, Any]) -> None:
    """Start PostgreSQL and an S3 server of this machine, with the compose file's accounts, and make the bucket."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None:
        raise SystemExit("There is no PostgreSQL on this machine. Install Debian's postgresql.")
    user, group = "postgres", str(pwd.getpwnam("postgres").pw_gid)
    before = ["setpriv", f"--reuid={user}", f"--regid={group}", "--clear-groups"]
    data, password = system.folder / "postgresql", system.folder / "password"
    data.mkdir()
    password.write_text(SECRETS["POSTGRES_PASSWORD"])
    for path in (data, password):
        shutil.chown(path, user)
    encoding = compose["postgresql"]["environment"]["POSTGRES_INITDB_ARGS"]
    run(*before, str(programs / "initdb"), "-D", str(data), "-U", "seep", "--pwfile", str(password),
        "--auth=scram-sha-256", encoding)  # fmt: skip
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {NETWORK}.0/24 scram-sha-256\n")
    options = compose["postgresql"]["command"][1:]
    system.start(
        "postgresql", [*before, str(programs / "postgres"), "-D", str(data), "-k", "", "-h", "*", *options]
    )
    words = shlex.split(
        compose["postgresql"]["healthcheck"]["test"][1].replace("--dbname seep", "--dbname postgres")
    )
    ready = ["ip", "netns", "exec", "postgresql", str(programs / words[0]), "-h", "127.0.0.1", *words[1:]]
    wait_for("postgresql", lambda: subprocess.run(ready, capture_output=True, check=False).returncode == 0)
    environment = {"PGPASSWORD": SECRETS["POSTGRES_PASSWORD"], "PATH": os.environ["PATH"]}
    run("ip", "netns", "exec", "postgresql", str(programs / "createdb"), "-h", "127.0.0.1", "-U", "seep", "seep",
        env=environment)  # fmt: skip
    system.start("s3", [sys.executable, "-m", "moto.server", "-H", "0.0.0.0", "-p", "9000"])
    address = f"http://{system.network.address('s3')}:9000/seep"

    def bucket_made() -> bool:
        try:
            with urllib.request.urlopen(urllib.request.Request(address, method="PUT"), timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    wait_for("s3", bucket_made)


def start_services(system: System, compose: dict[str, Any], clock: Clock) -> None:
    """Start all services in the order of the compose file, and wait for the health checks."""
    with clock.step("postgresql and s3"):
        start_stores(system, compose)
    for name in ("ray-head", "ray-worker", "app-1", "app-2", "worker"):
        service = compose[name]
        words = [
            *service.get("entrypoint", system.image.entrypoint),
            *service.get("command", system.image.command),
        ]
        system.start(name, system.in_image(name, service, words))
        if service.get("healthcheck", {}).get("disable"):
            continue
        with clock.step(f"{name}: healthy by the image's health check"):
            wait_for(name, partial(system.is_healthy, name, service))
    proxy = dict(compose["proxy"]["environment"])
    for name in ("app-1", "app-2"):  # it asks a name server for names, and here is none
        proxy = {key: value.replace(name, system.network.address(name)) for key, value in proxy.items()}
    settings = [f"{name}={value}" for name, value in proxy.items()]
    with clock.step("proxy answers"):
        system.start("proxy", ["env", *settings, "haproxy", "-W", "-db", "-f", str(DEPLOY / "haproxy.cfg")])
        address = f"http://{system.network.address('proxy')}:8080/seep/login"
        wait_for("proxy", lambda: answers(address))


def answers(address: str) -> bool:
    """Return whether an address answers with 200 under the host name of the compose file."""
    request = urllib.request.Request(address, headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def read(address: str, token: str) -> str:
    """Return what an address answers to a token."""
    request = urllib.request.Request(
        address, headers={"Host": "localhost", "Authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return str(answer.read().decode())


def use(system: System, compose: dict[str, Any], clock: Clock) -> None:
    """Add a person and the demo as the compose file says, sign in through the proxy, and read from both servers."""
    app = compose["app-1"]

    def execute(*words: str) -> str:
        command = system.in_image("app-1", app, [*system.image.entrypoint, *words])
        return run("ip", "netns", "exec", "app-1", *command, input=f"{PASSWORD}\n{PASSWORD}\n")

    with clock.step("person add"):
        execute("person", "add", NAME, "--role", "admin")
    with clock.step("demo"):
        execute("demo", "--no-predict", "--author", NAME)
    with clock.step("token create"):
        printed = execute("token", "create", NAME)
    token = next(word for word in printed.split() if word.startswith("seep_"))
    jobs = f"http://{system.network.address('app-1')}:8501/seep/metrics"
    with clock.step("the worker predicts the demo on the Ray cluster"):
        wait_for("the prediction", lambda: 'seep_jobs{state="done"} 1.0' in read(jobs, token))
    counts = {}
    with clock.step("the same tiles from both servers and the proxy"):
        for name, port in (("app-1", 8501), ("app-2", 8501), ("proxy", 8080)):
            address = f"http://{system.network.address(name)}:{port}/seep/queue"
            counts[name] = len(json.loads(read(address, token)))
    if len(set(counts.values())) != 1 or not counts["proxy"]:
        raise SystemExit(f"The servers show different tiles: {counts}.")
    print(f"{counts['proxy']} tiles in the queue of each server")


def wait_for(what: str, check: Callable[[], bool]) -> None:
    """Wait until a check holds.

    Raises:
        SystemExit: it does not within PATIENCE_S.
    """
    until = time.monotonic() + PATIENCE_S
    while not check():
        if time.monotonic() > until:
            raise SystemExit(f"{what} is not healthy after {PATIENCE_S} s.")
        time.sleep(1)


def main() -> None:
    """Build, start, use."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cache", type=Path, required=True, help="folder for the root file systems, 8 GB")
    parser.add_argument("--bind", type=Path, action="append", default=[], help="folder that pip needs")
    parser.add_argument("--built", action="store_true", help="use the image of the last run")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the services are ended
    options.cache.mkdir(parents=True, exist_ok=True)
    clock = Clock()
    kept = options.cache / "image.json"
    if options.built:
        values = json.loads(kept.read_text())
        image = Image(**{**values, "root": Path(values["root"])})
    else:
        image = build(options.cache, options.bind, clock)
        kept.write_text(json.dumps(asdict(image), default=str))
    compose = services()
    folder = options.cache / "running"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with ExitStack() as stack:
        network = Network(list(compose), image)
        stack.callback(network.close)
        processes = stack.enter_context(ExitStack())
        system = System(image, network, folder, processes)
        start_services(system, compose, clock)
        use(system, compose, clock)
    print(json.dumps(clock.seconds))


if __name__ == "__main__":
    main()
