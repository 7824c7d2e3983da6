import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { peersFolder } from '../install-peers.js';
import type { Contestant } from './contestant.js';
import { subjects } from './subjects.js';

const names = ['inversify', 'awilix', 'tsyringe', 'typed-inject', 'brandi', 'iti', 'nest'] as const;

type MakePeer = (subjects: unknown) => Contestant | Promise<Contestant>;

/** The other containers, each doing the same work as well as its documentation tells how. */
export async function peers(): Promise<readonly Contestant[]> {
  const made: Contestant[] = [];
  for (const name of names) {
    const file = join(peersFolder, 'container', 'peers', `${name}.mjs`);
    const module = (await import(pathToFileURL(file).href)) as { readonly default: MakePeer };
    made.push(await module.default(subjects));
  }
  return made;
}
