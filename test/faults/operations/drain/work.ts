import { z } from 'zod';
import { defineEvent } from '../../../../src/index.js';

/** What the service's consumer handles: from the test, and of each request. */
export function workOn(topic: string) {
  return defineEvent('test.work.v1', { topic, schema: z.object({ id: z.string() }), key: 'id' });
}

/** Work of that name goes on until it is told to end. */
export const isSlow = (id: string): boolean => id.startsWith('slow-');

/** Requests of that name have the first part of their answer at once. */
export const isStream = (id: string): boolean => id.startsWith('stream-');

/** The first part of an answer, and all of it. More than one packet, so that it may be cut in the middle. */
export const firstPart = (id: string): string => `begin ${id}\n`;
export const wholeAnswer = (id: string): string => `${firstPart(id)}${'x'.repeat(64 * 1024)}\nend ${id}\n`;
