import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { optionalPackage } from '../errors/optional-package.js';

// What is used of ws: its own types would make everyone install it.
export interface Socket {
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(text: string, sent?: (error?: Error | null) => void): void;
  ping(): void;
  close(code?: number, reason?: string): void;
  terminate(): void;
  on(event: 'pong', listener: () => void): unknown;
  on(event: 'message', listener: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

export interface SocketServer {
  on(
    event: 'wsClientError',
    listener: (error: Error, socket: Duplex, request: IncomingMessage) => void,
  ): unknown;
  handleUpgrade(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    opened: (socket: Socket) => void,
  ): void;
}

export const openState = 1;

/** RFC 6455 and the registry of its codes. */
export const closeCodes = { goingAway: 1001, notUnderstood: 1008, tryLater: 1013 } as const;

/** @throws SlipwayError SLIPWAY_HTTP_PACKAGE */
export async function loadSocketServer(maxPayloadBytes: number): Promise<SocketServer> {
  const { WebSocketServer } = await optionalPackage(
    'SLIPWAY_HTTP_PACKAGE',
    'ws',
    'userNotifications',
    () => import('ws'),
  );
  return new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: maxPayloadBytes,
  });
}
