import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './project-root.js';

/** The lines of a file of golden data: what the original produced or accepted. The caller says what a line holds. */
export function vectors(name: string): readonly unknown[] {
  return readFileSync(join(projectRoot, 'test', 'fixtures', 'vectors', `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
}
