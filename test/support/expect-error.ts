import { expect } from '@jest/globals';
import type { Reply } from './api.ts';

/** That the reply is the contract's envelope of that error: the whole of it, and nothing of how the service is made. */
export function expectError({ status, headers, json }: Reply, expectedStatus: number, errorName: string): void {
  expect({ status, errorName: json.errorName }).toEqual({ status: expectedStatus, errorName });
  expect(Object.keys(json)).toEqual(['errorName', 'content']);
  expect(json.content.message).toMatch(/\w/);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('apigw-requestid')).toMatch(requestId);
}

/** That the gateway refused the request itself: no `errorName`, no function's answer. */
export function expectGatewayError({ status, headers, text }: Reply, expectedStatus: number, message: string): void {
  expect({ status, text }).toEqual({ status: expectedStatus, text: JSON.stringify({ message }) });
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('apigw-requestid')).toMatch(requestId);
}

/** The shape of API Gateway's request ids. */
export const requestId = /^[A-Za-z0-9+/]{15}=$/;
