"""Reads appointments with the vendor's Python SDK, prints the status that it shows, and writes each one back.

Arguments: the URL of the API, the URL for tokens, and the ids. Output: a JSON array with one element per id.
"""

import json
import sys

from candid.client import CandidApiClient
from candid.core.api_error import ApiError
from candid.environment import CandidApiClientEnvironment

api_url, auth_url, *ids = sys.argv[1:]
client = CandidApiClient(
    client_id="acme",
    client_secret="acme-secret",
    environment=CandidApiClientEnvironment(candid_api=auth_url, pre_encounter=api_url),
)
appointments = client.pre_encounter.appointments.v_1


def write_back(appointment):
    """Writes the appointment with other notes as its next version, and returns the outcome."""
    try:
        changed = appointment.model_copy(update={"notes": "written back"})
        appointments.update(appointment.id, str(appointment.version + 1), request=changed)
        return "written"
    except ApiError as error:
        return str(error.status_code)
    except Exception:
        return "the SDK refuses"


read = [appointments.get(id) for id in ids]
shown = [str(appointment.status.value) for appointment in read]
print(json.dumps([{"shown": status, "outcome": write_back(each)} for status, each in zip(shown, read)]))
