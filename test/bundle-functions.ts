import { bundle } from '../infra/build/bundle.ts';

/** Jest global setup for suites that read or run the functions' bundles. */
export default bundle;
