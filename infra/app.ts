import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from './appointments-stack.ts';
import { bundle } from './build/bundle.ts';
import { readSettings } from './stack/settings.ts';

const app = new App();
const parsed = readSettings(app.node.getAllContext());
if (parsed.outcome === 'invalid') {
  console.error(parsed.sentence);
  process.exit(1);
}
await bundle();
new AppointmentsStack(app, parsed.stackName, parsed.settings);
