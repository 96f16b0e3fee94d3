import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import type { EncryptionKey } from './encryption-key.ts';
import { addStreamReader, type StreamReader } from './stream-reader.ts';

/** The event bus, and the function that publishes each version to it: the second reader of the table's stream. */
export function addChangeEvents(stack: Stack, streamArn: string, encryption: EncryptionKey): StreamReader {
  const bus = new EventBus(stack, 'ChangeEvents', {
    eventBusName: stack.stackName,
    description: 'Changes of appointments. infra/README.md: Change events',
  });
  const publisher = addStreamReader(stack, 'publish-changes', {
    streamArn,
    environment: { EVENT_BUS: bus.eventBusName },
    permission: { actions: ['events:PutEvents'], resource: bus.eventBusArn },
    bucketId: 'FailedEvents',
    encryption,
  });
  new CfnOutput(stack, 'EventBus', { value: bus.eventBusName });
  new CfnOutput(stack, 'PublishChangesFunction', { value: publisher.fn.functionName });
  return publisher;
}
