// Replaces @smithy/node-http-handler: returns DynamoDB's response to a write at once, without a network.

const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': 'bench' };

export class NodeHttpHandler {
  metadata = { handlerProtocol: 'http/1.1' };

  static create(): NodeHttpHandler {
    return new NodeHttpHandler();
  }

  async handle() {
    return { response: { statusCode: 200, headers, body: [Buffer.from('{}')] } };
  }

  updateHttpClientConfig(): void {}

  httpHandlerConfigs(): object {
    return {};
  }
}

export async function streamCollector([chunk]: readonly [Uint8Array]): Promise<Uint8Array> {
  return chunk;
}
