import { errorResponse, notFound } from './http-response.ts';
import type { Step } from './route-request.ts';

export const uuidPattern = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/;
export const versionPattern = /^[1-9][0-9]{0,14}$/;

/** Step: the `{id}`, in lower case, and the `{version}` of the path. 404 for an id that is not a UUID, 400 for a malformed version. */
export const readPath: Step = ({ event, internal }) => {
  const { id, version } = event.pathParameters ?? {};
  if (id !== undefined) {
    if (!uuidPattern.test(id)) return notFound();
    internal.id = id.toLowerCase();
  }
  if (version !== undefined) {
    if (!versionPattern.test(version)) {
      return errorResponse('BadRequestError', {
        message: 'version must be an integer of 1 to 15 digits without a leading zero.',
      });
    }
    internal.version = Number(version);
  }
  return undefined;
};
