// Runs in a fresh process, as on Lambda: imports a bundle, calls its handler once, and prints the time of each step.
const [, , module, json] = process.argv;
const event = json && JSON.parse(json);
// Lambda's runtime logs JSON.
console.info = (line) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const builtinsBefore = new Set(process.moduleLoadList);
const start = performance.now();
const cpuAtStart = process.cpuUsage();
const { handler } = await import(module);
const importEnd = performance.now();
const cpuAfterImport = process.cpuUsage();
const builtins = process.moduleLoadList.filter((name) => name.startsWith('NativeModule') && !builtinsBefore.has(name));
const response = event && (await handler(event, { awsRequestId: 'cold', getRemainingTimeInMillis: () => 20_000 }));
const end = performance.now();
const cpuSince = (earlier) => {
  const { user, system } = process.cpuUsage(earlier);
  return (user + system) / 1_000;
};
// The last line of output: the function may have logged before.
process.stdout.write(
  `\n${JSON.stringify({
    status: response?.statusCode,
    init: importEnd - start,
    first: end - importEnd,
    total: end - start,
    cpu: cpuSince(cpuAtStart),
    firstCpu: cpuSince(cpuAfterImport),
    memory: process.memoryUsage.rss() / 2 ** 20,
    builtins: builtins.length,
  })}`,
);
process.exit(0);
