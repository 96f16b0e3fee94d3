import { stripTypeScriptTypes } from 'node:module';

/** Jest's transform: the same type stripping that Node does when it runs the code. */
export default { process: (source) => ({ code: stripTypeScriptTypes(source) }) };
