// Runs before every command. It is plain JavaScript because an old Node cannot load TypeScript.
const { version } = process;
const problem = !require('node:fs').existsSync('node_modules')
  ? 'Run npm ci first.'
  : Number.parseInt(version.slice(1), 10) < 24
    ? `This is Node ${version}, but the project needs Node 24: run npm ci without --ignore-scripts, which installs it, or put Node 24 on the PATH.`
    : undefined;
if (problem) {
  console.error(problem);
  process.exit(1);
}
