import { createHash } from 'node:crypto';
import type { RedisScript, ScriptCall, ScriptReply } from '../protocols/redis/script-commands.js';
import { processingPrefix } from './marker.js';

/*
 * Each compares before it writes, in one step: who has lost a claim cannot touch the next one's. ARGV[1] is what the
 * claim's markers end with, so a renewal whose reply was lost changes nothing about whose it is.
 */

const isHeld = `
local function held(value, suffix)
  local prefix = '${processingPrefix}'
  return value and string.sub(value, 1, #prefix) == prefix and string.sub(value, -#suffix) == suffix
end`;

function script<Reply>(
  source: string,
  decode: (reply: ScriptReply) => Reply,
  twin: (call: ScriptCall) => ScriptReply,
): RedisScript<Reply> {
  return { source, sha: createHash('sha1').update(source).digest('hex'), decode, twin };
}

/** Gives a claim that is still held its whole time again. ARGV: suffix, marker, seconds. @returns false if it is lost. */
export const renewClaim = script(
  `${isHeld}
if not held(redis.call('GET', KEYS[1]), ARGV[1]) then return 0 end
redis.call('SETEX', KEYS[1], ARGV[3], ARGV[2])
return 1`,
  (reply) => reply === 1,
  ({ keys: [key = ''], args: [suffix = '', marker = '', seconds = ''], call }) => {
    if (!isHeldBy(call('GET', key), suffix)) return 0;
    call('SETEX', key, seconds, marker);
    return 1;
  },
);

/**
 * Marks the event as done. A claim that ran out and that nobody took is good for it too, and so is one that was marked
 * already. ARGV: suffix, marker, seconds. @returns false if another receiver has claimed or done it.
 */
export const confirmClaim = script(
  `${isHeld}
local value = redis.call('GET', KEYS[1])
if value and not held(value, ARGV[1]) then
  if string.sub(value, -#ARGV[1]) == ARGV[1] then return 1 end
  return 0
end
redis.call('SETEX', KEYS[1], ARGV[3], ARGV[2])
return 1`,
  (reply) => reply === 1,
  ({ keys: [key = ''], args: [suffix = '', marker = '', seconds = ''], call }) => {
    const value = call('GET', key);
    if (typeof value === 'string' && !isHeldBy(value, suffix)) return value.endsWith(suffix) ? 1 : 0;
    call('SETEX', key, seconds, marker);
    return 1;
  },
);

/** Ends a claim that is still held. ARGV: suffix. @returns whether it was. */
export const releaseClaim = script(
  `${isHeld}
if not held(redis.call('GET', KEYS[1]), ARGV[1]) then return 0 end
return redis.call('DEL', KEYS[1])`,
  (reply) => reply === 1,
  ({ keys: [key = ''], args: [suffix = ''], call }) =>
    isHeldBy(call('GET', key), suffix) ? call('DEL', key) : 0,
);

/** Deletes a marker that is still what was read. ARGV: the marker. */
export const removeMarker = script(
  `if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])`,
  (reply) => reply === 1,
  ({ keys: [key = ''], args: [marker = ''], call }) => (call('GET', key) === marker ? call('DEL', key) : 0),
);

function isHeldBy(value: ScriptReply, suffix: string): boolean {
  return typeof value === 'string' && value.startsWith(processingPrefix) && value.endsWith(suffix);
}
