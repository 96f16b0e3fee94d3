import { errorResponse, notFound } from './http-response.ts';
import type { Step } from './route-request.ts';

export const uuidPattern = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;
export const versionPattern = /^[1-9][0-9]{0,14}$/;

/** Step: reads `{id}`, in lower case, and `{version}` from the path. 404 if the id is not a UUID, 400 if the version is malformed. */
export const readPath: Step = ({ event, internal }) => {
  const { id, version } = event.pathParameters ?? {};
  if (id !== undefined) {
    if (!uuidPattern.test(id)) return notFound();
    internal.id = id.toLowerCase();
  }
  if (version !== undefined) {
    if (!versionPattern.test(version)) {
      return errorResponse('BadRequestError', {
        message: 'The version in the path must be a whole number of 1 to 15 digits that does not start with 0.',
      });
    }
    internal.version = Number(version);
  }
  return undefined;
};
