TOKEN=$(curl -s http://localhost:5050/api/auth/v2/token -d client_id=acme -d client_secret=acme-secret \
  | sed 's/.*"access_token":"\([^"]*\).*/\1/')
API=http://localhost:4000/appointments/v1
VISIT='"patient_id":"p-1","start_timestamp":"2026-03-02T09:00:00Z","service_duration":30,"services":[]'
send() { curl -s "$@" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json'; echo; }

CREATED=$(send "$API" -d "{$VISIT}")
ID=$(echo "$CREATED" | sed 's/.*"id":"\([^"]*\).*/\1/')
echo "Version 1: $CREATED"
echo "Version 2: $(send -X PUT "$API/$ID/2" -d "{$VISIT,\"status\":\"READY\"}")"
echo "A second writer of version 2: $(send -X PUT "$API/$ID/2" -d "{$VISIT,\"notes\":\"Too late\"}")"
