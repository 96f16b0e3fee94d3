import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from './appointments-stack.ts';
import { bundle } from './build/bundle.ts';
import { readSettings } from './stack/settings.ts';

const app = new App();
const read = readSettings(app.node.getAllContext());
if (read.outcome === 'invalid') {
  console.error(read.sentence);
  process.exit(1);
}
await bundle();
new AppointmentsStack(app, read.stackName, read.settings);
