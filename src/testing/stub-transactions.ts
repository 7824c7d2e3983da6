import { redisReads } from '../protocols/redis/transactions.js';
import { redisCommands } from '../protocols/redis/commands.js';
import type { Members } from './stub-defaults.js';

interface Queue {
  /** What the members of the stub gave for what was queued. */
  readonly replies: Promise<unknown>[];
  readonly commands: Record<string, unknown>;
}

/** A queue whose commands call the stub's members, so that those are where a test looks. */
function queueOn(self: Members): Queue {
  const replies: Promise<unknown>[] = [];
  const commands: Record<string, unknown> = {};
  for (const name of redisCommands) {
    commands[name] = (...args: readonly unknown[]) => {
      const reply = Promise.resolve(self[name]?.(...args));
      // It is awaited with the others, at the end.
      reply.catch(() => undefined);
      replies.push(reply);
      return commands;
    };
  }
  return { replies, commands };
}

function readsOf(self: Members): Record<string, unknown> {
  return Object.fromEntries(redisReads.map((name) => [name, self[name]]));
}

/** Runs the work once, on reads and commands of the stub. */
export async function stubbedTransaction(
  self: Members,
  work: (transaction: unknown) => unknown,
): Promise<unknown> {
  const { replies, commands } = queueOn(self);
  const result = await work({ ...readsOf(self), multi: () => commands });
  const all = await Promise.all(replies);
  return result === commands ? all : result;
}

const close = (): Promise<void> => Promise.resolve();

/** The same step by step. */
export function stubbedPipeline(self: Members): unknown {
  const { replies, commands } = queueOn(self);
  const execute = (): Promise<unknown[]> => Promise.all(replies);
  commands['execute'] = execute;
  return { ...readsOf(self), multi: () => commands, execute, close, [Symbol.asyncDispose]: close };
}
