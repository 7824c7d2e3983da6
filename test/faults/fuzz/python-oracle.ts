import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { canonicalEvent, loadsRules } from '../../../src/events/ids/deterministic-event-id.js';
import { JsonReader } from '../../../src/events/json/json-reader.js';
import { losslessValue } from '../../../src/events/json/json-value.js';
import { dumpsStyle, pythonJson } from '../../../src/events/json/python-json.js';
import { SlipwayError } from '../../../src/index.js';
import type { Result } from '../suite.js';
import { Random } from './random.js';
import { randomJson, randomString } from './random-json.js';

/** Reads a line of hex, writes `json.dumps` of what it holds, with sorted keys, or the name of the exception. */
const program = `
import json, sys
for line in sys.stdin:
    try:
        event = json.loads(bytes.fromhex(line))
        data, event_id = event.get('data'), event.get('event_id')
        if data is None:
            raise ValueError
        print(json.dumps({'event_id': event_id, 'data': data} if event_id else data, sort_keys=True))
    except json.JSONDecodeError:
        print('!ValueError')
    except Exception as error:
        print('!' + type(error).__name__)
`;

/** Random documents, whole and broken, through Python's json and through ours: the texts are the same. */
export async function likePython(count: number, seed: number): Promise<Result> {
  const id = 'fuzz.python-oracle';
  const random = new Random(seed + 2);
  const inputs = Array.from({ length: count }, () => randomInput(random));
  const answers = await askPython(inputs);
  if (answers === undefined) return { id, ok: true, skipped: 'there is no python3 here' };
  let differences = 0;
  let refused = 0;
  let first: string | undefined;
  for (const [index, input] of inputs.entries()) {
    const ours = answer(input);
    if (ours.startsWith('!')) refused += 1;
    if (ours === answers[index] && (ours.startsWith('!') || isRewritten(ours))) continue;
    differences += 1;
    first ??= `${input.toString('base64')} gives ${ours}, in Python ${String(answers[index])}`;
  }
  return { id, ok: differences === 0, documents: count, differences, refused, seed, first };
}

function randomInput(random: Random): Buffer {
  const eventId = random.once(3)
    ? ''
    : `"event_id": ${random.once(2) ? randomString(random) : randomJson(random, 1)}, `;
  const text = `{${eventId}"data": ${randomJson(random)}}`;
  if (random.once(20)) return Buffer.from(text.replaceAll('"', random.pick(['', '\u0000', '\\', '"'])));
  if (random.once(20))
    return Buffer.from(`${random.pick(['\ufeff', ''])}${text}`, random.pick(['utf16le', 'utf8']));
  if (random.once(20)) return Buffer.from(text).subarray(0, random.below(text.length));
  if (random.once(20)) return Buffer.from(text, 'latin1');
  return Buffer.from(text);
}

function answer(input: Buffer): string {
  try {
    return canonicalEvent(input);
  } catch (error) {
    if (!SlipwayError.is(error)) throw error;
    return `!${String(error.context['original'])}`;
  }
}

/** Does the writer of values write what the hash is made of, in the order of its keys? */
function isRewritten(canonical: string): boolean {
  const wrapped = `{"value": ${canonical}}`;
  const value = JsonReader.readMembers(wrapped, losslessValue, loadsRules)?.get('value');
  // Keys that look like integers come first in JavaScript's objects.
  return /"\d+": /.test(canonical) || pythonJson(value, { style: dumpsStyle }) === canonical;
}

/** The line that Python writes for each input; undefined where there is no Python. */
async function askPython(inputs: readonly Buffer[]): Promise<readonly string[] | undefined> {
  const python = spawn('python3', ['-c', program], { stdio: ['pipe', 'pipe', 'inherit'] });
  const failed = new Promise<'failed'>((resolve) => {
    python.once('error', () => {
      resolve('failed');
    });
  });
  const spawned = await Promise.race([once(python, 'spawn').catch(() => 'failed'), failed]);
  if (spawned === 'failed') return undefined;
  python.stdin.end(inputs.map((input) => `${input.toString('hex')}\n`).join(''));
  const lines: string[] = [];
  for await (const line of createInterface({ input: python.stdout })) lines.push(line);
  return lines;
}
