import { bundle } from '../infra/build/bundle.ts';

/** Jest's global setup of suites that read or run the functions' bundles. */
export default bundle;
