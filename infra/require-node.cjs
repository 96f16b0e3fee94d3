// Runs before every command. Plain JavaScript: an old Node cannot load TypeScript.
const { version } = process;
const problem = !require('node:fs').existsSync('node_modules')
  ? 'Run npm ci first.'
  : Number.parseInt(version.slice(1), 10) < 24
    ? `This is Node ${version}, and the project needs Node 24: run npm ci without --ignore-scripts, which brings it, or put it on the PATH.`
    : undefined;
if (problem) {
  console.error(problem);
  process.exit(1);
}
