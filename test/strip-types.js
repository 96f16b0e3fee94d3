import { stripTypeScriptTypes } from 'node:module';

/** Jest transform: strips types exactly as Node does when it runs the code. */
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
