"""Sends events to the address of `SEEP_WEBHOOK_URL`, signed as in the Standard Webhooks specification.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from seep.errors import SettingsError
from seep.settings import VERSION, Settings
from seep.store import audit_log
from seep.store.audit_log import MAX_ATTEMPTS, OutgoingEvent
from seep.workflow.workspace import Workspace

TIMEOUT_S = 10
"""For the connection, and for each wait for the answer."""

LOGGER = logging.getLogger("seep.webhooks")


def send_due(
    workspace: Workspace, should_stop: Callable[[], bool] = lambda: False, now: datetime | None = None
) -> int:
    """Send the events that are due, until one fails; each attempt is logged.

    An event is deleted when the receiver answers with 2xx, and after the last attempt. It can arrive twice, with the
    same `webhook-id`, where the answer is lost.

    Args:
        now: aware time; None for that of the clock.

    Returns:
        How many events were received.

    Raises:
        SettingsError: there is an address, but no secret.
        StorageError: the database cannot be used.
    """
    chosen = wanted_events(workspace.settings)
    sent = 0
    while not should_stop():
        moment = now or datetime.now(UTC)
        with workspace.store.reading() as session:
            if not audit_log.has_due_event(session, moment):
                return sent
        with workspace.store.transaction() as session:
            one = audit_log.claim_event(session, moment)
            if one is not None and one.type not in chosen:
                audit_log.forget_event(session, one.id)
        if one is None or one.type not in chosen:
            continue
        failure = _post(workspace.settings, one, moment)
        if failure and one.attempts < MAX_ATTEMPTS:
            LOGGER.warning(
                "Webhook %s %s was not received, attempt %d: %s", one.type, one.id, one.attempts, failure
            )
            return sent
        if failure:
            LOGGER.error("Webhook %s %s is given up, attempt %d: %s", one.type, one.id, one.attempts, failure)
        else:
            LOGGER.info("Webhook %s %s was received, attempt %d.", one.type, one.id, one.attempts)
            sent += 1
        with workspace.store.transaction() as session:
            audit_log.forget_event(session, one.id)
    return sent


def wanted_events(settings: Settings) -> tuple[str, ...]:
    """Return the types of the events to send; none without an address.

    Raises:
        SettingsError: there is an address, but no secret.
    """
    if settings.webhook_url is None:
        return ()
    if settings.webhook_secret is None:
        raise SettingsError("SEEP_WEBHOOK_SECRET has no value, so no event is sent. Set it.")
    return settings.webhook_events


def signature(secret: str, event_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of the header `webhook-signature`: HMAC-SHA256 of id, time and body.

    Args:
        secret: `whsec_` and the key in Base64.
        timestamp: seconds since the epoch, as in the header `webhook-timestamp`.
    """
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b"%s.%d.%s" % (event_id.encode(), timestamp, body)
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def _post(settings: Settings, event: OutgoingEvent, moment: datetime) -> str:
    """Send an event; return why it was not received, or nothing. Redirects are not followed."""
    import requests

    body = json.dumps(event.payload, ensure_ascii=False).encode()
    timestamp = int(moment.timestamp())
    headers = {
        "content-type": "application/json",
        "user-agent": f"Seep/{VERSION}",
        "webhook-id": event.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(settings.webhook_secret or "", event.id, timestamp, body),
    }
    try:
        with requests.post(
            settings.webhook_url or "",
            body,
            headers=headers,
            timeout=TIMEOUT_S,
            allow_redirects=False,
            stream=True,
        ) as answer:
            return "" if 200 <= answer.status_code < 300 else f"status {answer.status_code}."
    except (
        requests.RequestException,
        ValueError,
    ) as error:  # its text may have the address, which may hold a secret
        return f"{type(error).__name__}."
