import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { isAllowedOrigin } from '../../../src/http/notification-options.js';

describe(isAllowedOrigin.name, () => {
  for (const [origin, encrypted, allowed] of [
    ['https://app.example', true, true],
    ['http://app.example', true, false],
    // A proxy may end TLS.
    ['https://app.example', false, true],
    ['http://app.example', false, true],
    ['https://app.example:8443', false, false],
    ['chrome-extension://app.example', false, false],
    ['ws://app.example', false, false],
  ] as const)
    it(`${allowed ? 'takes' : 'refuses'} ${origin} at app.example with${encrypted ? '' : 'out'} TLS`, () => {
      const socket = encrypted ? { encrypted } : {};
      const request = { headers: { host: 'app.example', origin }, socket } as unknown as IncomingMessage;
      expect(isAllowedOrigin(request, [])).to.equal(allowed);
      expect(isAllowedOrigin(request, [origin])).to.equal(true);
    });
});
