import { expect } from 'chai';
import type { Answer } from './essay-desk.js';

export const errorKeys = ['code', 'message', 'correlation_id', 'service', 'timestamp', 'details'];

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly correlation_id: string;
  readonly service: string;
  readonly timestamp: string;
  readonly details: {
    readonly fields?: readonly { readonly field: string; readonly message: string }[];
    readonly [detail: string]: unknown;
  };
}

/** The error in an answer of the one shape that all errors have. */
export function errorOf({ body, headers }: Answer): ErrorBody {
  expect(headers.get('content-type')).to.equal('application/json; charset=utf-8');
  expect(body).to.have.all.keys('error');
  const error = body['error'] as ErrorBody;
  expect(Object.keys(error)).to.deep.equal(errorKeys);
  expect(error.correlation_id).to.equal(headers.get('x-correlation-id'));
  expect(error.service).to.equal('essay-desk');
  expect(JSON.stringify(error)).to.not.match(/\\n +at |memory:|\/build\//);
  return error;
}
