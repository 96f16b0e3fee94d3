"""Makes every call of the vendor's Python SDK, with every field and status that this version of it knows.

Fails at the first wrong response. Arguments: the URL of the API and the URL for tokens.
"""

import datetime as dt
import inspect
import sys
import uuid

from candid.client import CandidApiClient
from candid.core.api_error import ApiError
from candid.environment import CandidApiClientEnvironment
from candid.resources.pre_encounter.resources.appointments.resources import v_1
from candid.resources.pre_encounter.resources.common import NotFoundError, VersionConflictError

api_url, auth_url = sys.argv[1:]


def client(id="acme", secret=None):
    environment = CandidApiClientEnvironment(candid_api=auth_url, pre_encounter=api_url)
    return CandidApiClient(client_id=id, client_secret=secret or f"{id}-secret", environment=environment)


appointments = client().pre_encounter.appointments.v_1
start = dt.datetime(2026, 3, 2, 9, tzinfo=dt.timezone.utc)


def mutable(**fields):
    return v_1.MutableAppointment(
        patient_id="patient-1", start_timestamp=start, service_duration=30, services=[v_1.Service()], **fields
    )


def raised(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was not raised")


required = {
    "NOT_READY": {"work_queue": "NEW_PATIENT"},
    "CHECKED_IN": {"checked_in_timestamp": start},
    "CHECKED_OUT": {"checked_in_timestamp": start, "checked_out_timestamp": start + dt.timedelta(minutes=30)},
}
newest = {
    "appointment_reason_detail": {"diagnosis_codes": ["M54.5"], "procedure_codes": ["99213"]},
    "medical_necessity_verified": True,
    "prior_authorization_status": "PARTIALLY_APPROVED",
}
known = {name: value for name, value in newest.items() if name in v_1.MutableAppointment.model_fields}

statuses = [status.value for status in v_1.AppointmentStatus if not status.name.startswith("_")]
for status in statuses:
    sent = mutable(status=status, **required.get(status, {}), **known)
    created = appointments.create(request=sent)
    assert (created.version, created.status.value, created.deactivated) == (1, status, False)
    updated = appointments.update(created.id, "2", request=sent.model_copy(update={"notes": "moved"}))
    assert (updated.version, updated.status.value, updated.notes) == (2, status, "moved")
    for name in known:
        assert getattr(updated, name) == getattr(sent, name), name
    assert appointments.get(created.id) == updated
    assert appointments.get_history(created.id) == [created, updated]
    assert updated in appointments.scan(since=updated.updated_at)

reason = "patient moved +1% é"
with_reason = "cancellation_reason" in inspect.signature(appointments.deactivate).parameters
appointments.deactivate(created.id, "2", **({"cancellation_reason": reason} if with_reason else {}))
deactivated = appointments.get(created.id)
assert (deactivated.version, deactivated.deactivated) == (3, True)
assert not with_reason or deactivated.cancellation_reason == reason
reactivated = appointments.update(created.id, "4", request=deactivated)
assert (reactivated.deactivated, getattr(reactivated, "cancellation_reason", None)) == (False, None)

conflict = raised(VersionConflictError, lambda: appointments.update(created.id, "4", request=mutable()))
assert conflict.body.latest_version == 4
raised(VersionConflictError, lambda: appointments.deactivate(created.id, "3"))
placed = mutable(placer_appointment_id=str(uuid.uuid4()))
first = appointments.create(request=placed)
taken = raised(VersionConflictError, lambda: appointments.create(request=placed))
assert taken.body.data == {"id": first.id}
raised(NotFoundError, lambda: appointments.get(str(uuid.uuid4())))
invalid = raised(ApiError, lambda: appointments.create(request=mutable(status="NOT_READY")))
assert invalid.status_code == 422
assert invalid.body["content"]["data"][0]["rule"] == "not_ready_needs_work_queue"
assert raised(ApiError, lambda: appointments.get_visits()).status_code == 404
wrong = client(secret="wrong").pre_encounter.appointments.v_1
assert raised(ApiError, lambda: wrong.get(first.id)).status_code == 401
print(f"{len(statuses)} statuses, {len(known)} new fields, cancellation_reason: {with_reason}")
