import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect } from 'chai';
import { projectRoot } from './project-root.js';

/**
 * Expects `text` to be the approved picture `name` in test/fixtures/pictures. With SLIPWAY_TEST_APPROVE=1 it becomes the
 * approved one: look at it before it is committed.
 */
export async function expectPicture(name: string, text: string): Promise<void> {
  const file = join(projectRoot, 'test/fixtures/pictures', name);
  if (process.env['SLIPWAY_TEST_APPROVE'] === '1') {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  const [approved, drawn] = [await readFile(file, 'utf8'), text].map((each) => each.split('\n'));
  const first = drawn?.findIndex((line, index) => line !== approved?.[index]) ?? -1;
  expect(drawn?.[first], `line ${first + 1} of ${name}`).to.equal(approved?.[first]);
  expect(drawn?.length, `lines of ${name}`).to.equal(approved?.length);
}
