"""`seep doctor`: checks of this installation."""

import argparse
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_workspace
from seep.cli.maintenance_commands import check_and_repair
from seep.errors import DeviceError
from seep.workflow.device_check import DeviceReport, check_device

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_doctor(parsers: "Parsers") -> None:
    """Add the command to the parser."""
    parser = add_command(
        parsers,
        "doctor",
        doctor,
        "check the workspace, or a device; exit status 1 if a check fails",
        "",
        "--repair",
        "--device cuda",
        "--device cpu",
    )
    parser.add_argument(
        "--device",
        metavar="NAME",
        help="compare a device (cuda, cuda:N or cpu) with float32 on the CPU: train 20 steps, predict 16 tiles",
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="first repair what is safe: permissions, leftovers, unused files older than a day, lost predictions",
    )
    add_workspace(parser)
    parser.set_defaults(usage_error=parser.error)


def doctor(options: argparse.Namespace) -> None:
    """`seep doctor`."""
    if options.device is None:
        check_and_repair(options)
        return
    if options.repair:
        options.usage_error("--repair is for a workspace; leave out --device")
    report = check_device(options.device)
    _print_report(report)
    if not report.trusted:
        failed = ", ".join(comparison.name for comparison in report.comparisons if not comparison.passed)
        raise DeviceError(
            f"The device {report.device} cannot be trusted ({failed}). "
            "Use --device cpu or SEEP_DEVICE=cpu, and update the driver and torch."
        )
    print(f"The device {report.device} can be trusted: its results match those of the CPU.")


def _print_report(report: DeviceReport) -> None:
    print(f"{'comparison':44}{'difference':>12}{'tolerance':>12}  result")
    for comparison in report.comparisons:
        result = "passed" if comparison.passed else "FAILED"
        print(f"{comparison.name:44}{comparison.difference:12.5f}{comparison.tolerance:12.5f}  {result}")
    print(f"\n{'task':44}{'CPU':>10}{report.device:>12}{'speedup':>10}")
    for timing in report.timings:
        speedup = timing.cpu_s / max(timing.device_s, 1e-9)
        print(f"{timing.name:44}{timing.cpu_s:8.2f} s{timing.device_s:10.2f} s{speedup:9.1f}x")
