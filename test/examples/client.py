"""A complete client of the appointments service, with the vendor's SDK: pip install candidhealth"""

# region client
import datetime
import os
import time
import urllib.parse
import uuid

from candid import CandidApiClient
from candid.core.api_error import ApiError
from candid.environment import CandidApiClientEnvironment
from candid.resources.pre_encounter.resources.appointments.resources.v_1 import (
    AppointmentStatus,
    MutableAppointment,
)
from candid.resources.pre_encounter.resources.common import VersionConflictError

client = CandidApiClient(
    client_id=os.environ.get("CLIENT_ID", "acme"),
    client_secret=os.environ.get("CLIENT_SECRET", "acme-secret"),
    environment=CandidApiClientEnvironment(
        candid_api=os.environ.get("AUTH_URL", "http://localhost:5050"),
        pre_encounter=os.environ.get("API_URL", "http://localhost:4000"),
    ),
)
appointments = client.pre_encounter.appointments.v_1


def visit(**fields) -> MutableAppointment:
    return MutableAppointment(
        patient_id="p-1",
        start_timestamp=datetime.datetime(2026, 3, 2, 9, tzinfo=datetime.timezone.utc),
        service_duration=30,
        services=[],
        **fields,
    )


# endregion

start = datetime.datetime.now(datetime.timezone.utc)


# region write
def with_retries(write):
    """Retries a write after a 429 or a 503: the SDK does not. All attempts carry one key, so the write happens once."""
    key = {"additional_headers": {"Idempotency-Key": str(uuid.uuid4())}}
    while True:
        try:
            return write(request_options=key)
        except ApiError as error:
            if error.status_code not in (429, 503):
                raise
            time.sleep(int(error.headers.get("retry-after", 1)))


created = with_retries(lambda **options: appointments.create(request=visit(), **options))
print(f"created version {created.version}")

# The path carries the next version.
ready = visit(status=AppointmentStatus.READY)
updated = with_retries(lambda **options: appointments.update(created.id, "2", request=ready, **options))
print(f"updated to version {updated.version}, {updated.status.value}")
# endregion

# region conflict
# Another writer sends version 2 too. The conflict tells it the latest version.
try:
    with_retries(lambda **options: appointments.update(created.id, "2", request=visit(notes="Too late"), **options))
except VersionConflictError as error:
    print(f"conflict: the latest version is {error.body.latest_version}")
# endregion

# region violation
# NOT_READY requires a work queue. The SDK has no type for a 422: the response is in `body`.
try:
    invalid = visit(status=AppointmentStatus.NOT_READY)
    with_retries(lambda **options: appointments.update(created.id, "3", request=invalid, **options))
except ApiError as error:
    for violation in error.body["content"]["data"]:
        print(f"violation: {violation['path']} {violation['rule']}")
# endregion

# region follow
seen = set()


def follow(since: datetime.datetime) -> datetime.datetime:
    """Prints what changed since a time, and returns the time to pass to the next call."""
    page = appointments.with_raw_response.scan(since=since)
    for appointment in page.data:
        # Pages overlap: skip the versions that an earlier page had.
        version = (appointment.id, appointment.version)
        if version not in seen:
            print(f"changed: version {appointment.version}, {appointment.status.value}")
        seen.add(version)
    url = page.headers["link"].split(">")[0].lstrip("<")
    (next_since,) = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["since"]
    return datetime.datetime.fromisoformat(next_since.replace("Z", "+00:00"))


# An application calls this in a loop, with a pause of a few seconds.
follow(follow(start))
# endregion
