TOKEN=$(curl -s http://localhost:5050/api/auth/v2/token -H 'content-type: application/json' \
  -d '{"client_id":"acme","client_secret":"acme-secret"}' | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
API=http://localhost:4000/appointments/v1
JSON='content-type: application/json'
AUTH="authorization: Bearer $TOKEN"
VISIT='"patient_id":"p-1","start_timestamp":"2026-03-02T09:00:00Z","service_duration":30,"services":[]'

echo 'Create version 1:'
CREATED=$(curl -s "$API" -H "$AUTH" -H "$JSON" -d "{$VISIT}")
echo "$CREATED"
ID=$(echo "$CREATED" | sed 's/.*"id":"\([^"]*\)".*/\1/')

echo 'Update it. The path carries the next version, 2:'
curl -s -X PUT "$API/$ID/2" -H "$AUTH" -H "$JSON" -d "{$VISIT,\"status\":\"READY\"}"; echo

echo 'Send 2 once more, like a writer who has not seen that update:'
curl -s -X PUT "$API/$ID/2" -H "$AUTH" -H "$JSON" -d "{$VISIT,\"notes\":\"Late\"}"; echo

echo 'Break the schema and a rule:'
curl -s -X PUT "$API/$ID/3" -H "$AUTH" -H "$JSON" -d "{$VISIT,\"status\":\"NOT_READY\",\"notes\":5}"; echo

echo 'Lose the answer of a write, then send it again under its key:'
curl -s -X PUT "$API/$ID/3" -H "$AUTH" -H "$JSON" -d "{$VISIT}" -H 'idempotency-key: k-1' -H 'x-local-fault: lost-response'; echo
curl -s -X PUT "$API/$ID/3" -H "$AUTH" -H "$JSON" -d "{$VISIT}" -H 'idempotency-key: k-1'; echo

echo 'Deactivate it. The path carries the current version:'
curl -s -o /dev/null -w '%{http_code}\n' -X DELETE "$API/$ID/3" -H "$AUTH"

echo 'Every version, oldest first:'
curl -s "$API/$ID/history" -H "$AUTH"; echo

echo 'What has changed. The Link header says how to go on:'
curl -si "$API/updates/scan?since=2026-01-01T00:00:00Z" -H "$AUTH"; echo
