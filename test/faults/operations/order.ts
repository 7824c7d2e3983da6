import type { Deed, Note } from './journal.js';

const clients = ['redis', 'kafka'];
const work: readonly Deed[] = ['handling', 'handled', 'answering', 'answered'];

/**
 * What is wrong with what a service did, and when: nothing is begun or ended once a client that it needs has begun to
 * close, no event is taken once the consumer has closed, Redis closes last, and nothing is left undone.
 */
export function faultsOfOrder(notes: readonly Note[]): readonly string[] {
  const faults: string[] = [];
  const closing = new Set<string>();
  const closed = new Set<string>();
  const open = new Set<string>();
  let takesEvents = true;
  for (const { deed, of } of notes) {
    const doing = `${deed} ${of}`;
    if (work.includes(deed)) {
      for (const client of clients)
        if (closing.has(client)) faults.push(`${doing} after ${client} was closing`);
    }
    if (deed === 'handling' && !takesEvents) faults.push(`${doing} after the consumer took no more`);
    if (deed === 'handling' || deed === 'answering') open.add(`${deed} ${of}`);
    else if (deed === 'handled') open.delete(`handling ${of}`);
    else if (deed === 'answered') open.delete(`answering ${of}`);
    else if (deed === 'intake-closed') takesEvents = false;
    else if (deed === 'closed') closed.add(of);
    else if (deed === 'uncaught' || deed === 'warning') faults.push(doing);
    else {
      if (of === 'redis') {
        for (const earlier of ['consumer', 'kafka']) {
          if (!closed.has(earlier)) faults.push(`redis closes before ${earlier}`);
        }
      }
      closing.add(of);
    }
  }
  for (const each of open) faults.push(`${each} has no end`);
  for (const client of ['consumer', ...clients]) {
    if (!closed.has(client)) faults.push(`${client} was not closed`);
  }
  return faults;
}
