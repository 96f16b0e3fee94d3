// A fresh process, as Lambda starts one: imports a bundle, calls it once with the event, and prints what that took.
const [, , module, json] = process.argv;
const event = json && JSON.parse(json);
// As Lambda's runtime logs in JSON.
console.info = (line) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const builtins = new Set(process.moduleLoadList);
const began = performance.now();
const idle = process.cpuUsage();
const { handler } = await import(module);
const imported = performance.now();
const warm = process.cpuUsage();
const loaded = process.moduleLoadList.filter((name) => name.startsWith('NativeModule') && !builtins.has(name));
const answer = event && (await handler(event, { awsRequestId: 'cold', getRemainingTimeInMillis: () => 20_000 }));
const answered = performance.now();
const cpuSince = (earlier) => {
  const { user, system } = process.cpuUsage(earlier);
  return (user + system) / 1_000;
};
// On a line of its own, after whatever the function logged.
process.stdout.write(
  `\n${JSON.stringify({
    status: answer?.statusCode,
    init: imported - began,
    first: answered - imported,
    total: answered - began,
    cpu: cpuSince(idle),
    firstCpu: cpuSince(warm),
    memory: process.memoryUsage.rss() / 2 ** 20,
    builtins: loaded.length,
  })}`,
);
process.exit(0);
