import type { RedisCommand } from './pending-command.js';

/** For logs: never a value. */
export function firstKey({ name, args }: RedisCommand<unknown>): string | undefined {
  switch (name) {
    case 'scan':
      return args[2]; // its pattern
    case 'eval':
    case 'evalsha':
      return args[1] === '0' ? undefined : args[2];
    case 'script':
      return undefined;
    default:
      return args[0];
  }
}
