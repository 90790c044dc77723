"""Commands for people, tokens and the activity log: `seep person`, `seep token`, `seep activity`."""

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from seep.cli.arguments import add_command, add_workspace
from seep.cli.session import actor_of, workspace_of
from seep.errors import MissingError
from seep.workflow.access import accounts, tokens
from seep.workflow.access.accounts import Account
from seep.workflow.access.activity import FORMATS, activity_lines
from seep.workflow.actor import ROLES, Actor
from seep.workflow.workspace import Workspace

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_access_commands(parsers: "Parsers") -> None:
    """Add the commands to the parser."""
    parser = add_command(
        parsers,
        "person",
        person,
        "add, list or change people who sign in",
        'add "Ana Lima" --role admin',
        "list",
    )
    parser.add_argument("action", choices=("add", "invite", "list", "change"), help="what to do")
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="name of the person")
    parser.add_argument(
        "--account",
        default="",
        metavar="ACCOUNT",
        help="invite: verified email address at the provider, or the name that the proxy sends",
    )
    parser.add_argument("--role", choices=ROLES, help="what the person may do (default: viewer)")
    parser.add_argument("--password", action="store_true", help="change: ask for a new password")
    parser.add_argument(
        "--must-change", action="store_true", help="the password must be changed at the next sign-in"
    )
    parser.add_argument("--disable", action="store_true", help="change: no further sign-in")
    parser.add_argument("--enable", action="store_true", help="change: permit signing in again")
    add_workspace(parser)
    parser = add_command(
        parsers,
        "token",
        token,
        "create, list or revoke tokens for scripts",
        'create "Ana Lima" --name nightly',
        "list",
    )
    parser.add_argument("action", choices=("create", "list", "revoke"), help="what to do")
    parser.add_argument(
        "who", nargs="?", default="", metavar="PERSON", help="create: the person; revoke: the number"
    )
    parser.add_argument("--name", default="script", help="create: what the token is for (default: script)")
    parser.add_argument(
        "--scope", choices=tokens.SCOPES, default="read", help="create: what it permits (default: read)"
    )
    parser.add_argument(
        "--days", type=int, default=30, metavar="N", help="create: valid for N days (default: 30)"
    )
    add_workspace(parser)
    parser = add_command(
        parsers,
        "activity",
        activity,
        "print the activity log",
        "--since 2026-11-01 > activity.csv",
        '--format jsonl --person "Ana Lima"',
    )
    parser.add_argument("--format", choices=FORMATS, default="csv", help="default: csv")
    parser.add_argument("--person", metavar="NAME", help="only actions of this person")
    parser.add_argument("--since", default="", metavar="TIME", help="date or time, UTC without a zone")
    add_workspace(parser)


def activity(options: argparse.Namespace) -> None:
    """`seep activity`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    sys.stdout.writelines(
        activity_lines(workspace, options.format, actor, name=options.person, since=options.since)
    )


def person(options: argparse.Namespace) -> None:
    """`seep person`."""
    workspace = workspace_of(options, create=True)
    actor = actor_of(options, workspace)
    if options.action == "add":
        added = accounts.add_local(
            workspace,
            options.name,
            options.role or "viewer",
            _password(),
            actor,
            must_change_password=options.must_change,
        )
        print(f"{added.name} may sign in, with the role {added.role}.")
    elif options.action == "invite":
        added = accounts.invite(workspace, options.name, options.account, options.role or "viewer", actor)
        print(f"{added.name} may sign in as {added.subject}, with the role {added.role}.")
    elif options.action == "change":
        chosen = _account(workspace, options.name, actor)
        changed = accounts.change(
            workspace,
            chosen.id,
            actor,
            role=options.role,
            disabled=True if options.disable else False if options.enable else None,
            password=_password() if options.password else None,
            must_change_password=True if options.must_change else None,
        )
        print(f"{changed.name}: role {changed.role}{', disabled' if changed.disabled else ''}.")
    else:
        for account in accounts.list_accounts(workspace, actor):
            state = "disabled" if account.disabled else f"{len(account.sessions)} sessions"
            print(f"{account.name}\t{account.role}\t{account.provider}\t{state}")


def token(options: argparse.Namespace) -> None:
    """`seep token`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    if options.action == "create":
        record, secret = tokens.create(
            workspace, options.who, name=options.name, scope=options.scope, days=options.days, actor=actor
        )
        print(f"Token {record.id} expires on {record.expires_at[:10]}. It is shown once.", file=sys.stderr)
        print(secret)
    elif options.action == "revoke":
        if not options.who.isdecimal() or len(options.who) > 18:
            raise MissingError(f"There is no token {options.who[:40]!r}. List them with seep token list.")
        tokens.revoke(workspace, int(options.who), actor)
        print(f"Token {options.who} is revoked.")
    else:
        for record, name in tokens.list_tokens(workspace, actor):
            end = "revoked" if record.revoked_at else f"expires {record.expires_at[:10]}"
            used = f"used {record.used_at[:10]}" if record.used_at else "never used"
            print(f"{record.id}\t{name}\t{record.name}\t{record.scope}\t{end}\t{used}")


def _account(workspace: Workspace, name: str, actor: Actor) -> Account:
    found = next(
        (account for account in accounts.list_accounts(workspace, actor) if account.name == name), None
    )
    if found is None:
        raise MissingError(f"There is no person {name[:80]!r}. List them with seep person list.")
    return found


def _password() -> str:
    """Ask for a password without showing it; a pipe sends it as one line."""
    return getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")
