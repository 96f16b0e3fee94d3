/** From here on the test's calls go to the stack that has the fault proxy before its DynamoDB. */
export function useFaultyApi(): void {
  Object.assign(process.env, { API_URL: process.env.FAULTY_API_URL, AUTH_URL: process.env.FAULTY_AUTH_URL });
}
