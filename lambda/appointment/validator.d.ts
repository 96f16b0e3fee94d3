import type { DefinedError } from 'ajv';

/** AJV's standalone code for the schema, which names every error; `infra/compile-validator.ts` writes it next to this file. */
declare const validate: {
  (data: unknown): boolean;
  errors?: DefinedError[] | null;
};
export default validate;
