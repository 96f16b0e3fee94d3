TOKEN=$(curl -s -X POST -u acme:acme-secret http://localhost:5050/api/auth/v2/token | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
API=http://localhost:4000/appointments/v1
VISIT='"patient_id":"p-1","start_timestamp":"2026-03-02T09:00:00Z","service_duration":30,"services":[]'
send() { curl -s "$@" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json'; echo; }

echo 'Create version 1:'
CREATED=$(send "$API" -d "{$VISIT}")
ID=$(echo "$CREATED" | sed 's/.*"id":"\([^"]*\)".*/\1/')
echo "$CREATED"

echo 'Update it. The path carries the next version, 2:'
send -X PUT "$API/$ID/2" -d "{$VISIT,\"status\":\"READY\"}"

echo 'Get a conflict: another writer sends version 2 too:'
send -X PUT "$API/$ID/2" -d "{$VISIT,\"notes\":\"Too late\"}"

echo 'Violate the schema and a rule:'
send -X PUT "$API/$ID/3" -d "{$VISIT,\"status\":\"NOT_READY\",\"notes\":5}"

echo 'Lose the response of an update, then retry it with the same Idempotency-Key:'
send -X PUT "$API/$ID/3" -d "{$VISIT}" -H 'idempotency-key: k-1' -H 'x-local-fault: lost-response'
send -X PUT "$API/$ID/3" -d "{$VISIT}" -H 'idempotency-key: k-1'

echo 'Deactivate it. The path carries the current version, 3:'
send -X DELETE "$API/$ID/3?cancellation_reason=patient+moved" -w '%{http_code}'

echo 'Read the current version:'
send "$API/$ID"

echo 'Read every version, oldest first:'
send "$API/$ID/history"

echo 'Read what changed. The Link header has the URL of the next request:'
send -i "$API/updates/scan?since=2026-01-01T00:00:00Z"
