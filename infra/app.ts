import { App } from 'aws-cdk-lib';
import { AppointmentsStack } from './appointments-stack.ts';
import { bundle } from './build/bundle.ts';

await bundle();
new AppointmentsStack(new App(), 'Appointments');
