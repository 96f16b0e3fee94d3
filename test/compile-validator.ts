import { compileValidator } from '../infra/build/compile-validator.ts';

/** Jest's global setup of the domain's suites: all that they need. */
export default compileValidator;
