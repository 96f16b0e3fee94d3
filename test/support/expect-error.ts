import { expect } from '@jest/globals';
import type { Reply } from './api.ts';

/** Expects the contract's envelope of this error, and nothing else. */
export function expectError({ status, headers, json }: Reply, expectedStatus: number, errorName: string): void {
  expect({ status, errorName: json.errorName }).toEqual({ status: expectedStatus, errorName });
  expect(Object.keys(json)).toEqual(['errorName', 'content']);
  expect(json.content.message).toMatch(/\w/);
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(headers.get('apigw-requestid')).toMatch(requestId);
}

/** Expects an error from the gateway itself, which has no `errorName`. */
export function expectGatewayError({ status, headers, text }: Reply, expectedStatus: number, message: string): void {
  expect({ status, text }).toEqual({ status: expectedStatus, text: JSON.stringify({ message }) });
  expect(headers.get('content-type')).toBe('application/json');
  expect(headers.get('apigw-requestid')).toMatch(requestId);
}

/** The format of API Gateway's request ids. */
export const requestId = /^[A-Za-z0-9+/]{15}=$/;
