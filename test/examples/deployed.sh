output() { aws cloudformation describe-stacks --stack-name Appointments --output text \
  --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"; }
API=$(output ApiUrl)
CLIENT_ID=$(output ClientId)
SECRET=$(aws cognito-idp describe-user-pool-client --user-pool-id "$(output UserPoolId)" --client-id "$CLIENT_ID" \
  --query UserPoolClient.ClientSecret --output text)
TOKEN=$(curl -s "$API/api/auth/v2/token" --data-urlencode "client_id=$CLIENT_ID" --data-urlencode "client_secret=$SECRET" \
  | sed 's/.*"access_token":"\([^"]*\).*/\1/')
curl -i "$API/appointments/v1" -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' \
  -d '{"patient_id":"p-1","start_timestamp":"2026-03-02T09:00:00Z","service_duration":30,"services":[]}'
