// A fresh process, as Lambda starts one: imports a bundle, calls it once with the event of standard input, and prints what that took.
import { text } from 'node:stream/consumers';

const [, , module] = process.argv;
const event = JSON.parse(await text(process.stdin));
const builtins = new Set(process.moduleLoadList);
const began = performance.now();
const { handler } = await import(module);
const imported = performance.now();
const loaded = process.moduleLoadList.filter((name) => name.startsWith('NativeModule') && !builtins.has(name));
const answer = event && (await handler(event, { awsRequestId: 'cold', getRemainingTimeInMillis: () => 20_000 }));
const answered = performance.now();
const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
process.stdout.write(
  JSON.stringify({
    status: answer?.statusCode,
    init: imported - began,
    first: answered - imported,
    total: answered - began,
    cpu: (userCPUTime + systemCPUTime) / 1_000,
    memory: maxRSS / 1_024,
    builtins: loaded.length,
  }),
);
process.exit(0);
