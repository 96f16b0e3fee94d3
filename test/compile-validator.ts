import { compileValidator } from '../infra/build/compile-validator.ts';

/** Jest global setup for the domain's suites, which need only the compiled validator. */
export default compileValidator;
