import { environment } from './environment.ts';

/** The credentials that Lambda sets in the environment. They do not change while the function runs. */
export function awsCredentials(): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } {
  const sessionToken = process.env.AWS_SESSION_TOKEN;
  return {
    accessKeyId: environment('AWS_ACCESS_KEY_ID'),
    secretAccessKey: environment('AWS_SECRET_ACCESS_KEY'),
    ...(sessionToken && { sessionToken }),
  };
}
