import type { Command, CommandTable } from '../command.js';
import { connectionCommands } from './connection.js';
import { hashCommands } from './hashes.js';
import { keyCommands } from './keys.js';
import { listCommands } from './lists.js';
import { pubsubCommands } from './pubsub.js';
import { scriptCommands } from './scripts.js';
import { setCommands } from './sets.js';
import { sortedSetCommands } from './sorted-sets.js';
import { streamCommands } from './streams.js';
import { stringCommands } from './strings.js';
import { transactionCommands } from './transactions.js';

const families: readonly CommandTable[] = [
  connectionCommands,
  stringCommands,
  listCommands,
  hashCommands,
  setCommands,
  sortedSetCommands,
  streamCommands,
  scriptCommands,
  keyCommands,
  pubsubCommands,
  transactionCommands,
];

/** Every command the server knows, by its name in lower case. */
export const commandsByName: ReadonlyMap<string, Command> = new Map(
  families.flatMap((family) => Object.entries(family)),
);
