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
    const done = `${deed} ${of}`;
    const late = work.includes(deed) ? clients.filter((client) => closing.has(client)) : [];
    faults.push(...late.map((client) => `${done} after ${client} was closing`));
    switch (deed) {
      case 'handling':
        if (!takesEvents) faults.push(`${done} after the consumer took no more`);
        open.add(done);
        break;
      case 'answering':
        open.add(done);
        break;
      case 'handled':
        open.delete(`handling ${of}`);
        break;
      case 'answered':
        open.delete(`answering ${of}`);
        break;
      case 'intake-closed':
        takesEvents = false;
        break;
      case 'closing':
        closing.add(of);
        for (const earlier of of === 'redis' ? ['consumer', 'kafka'] : []) {
          if (!closed.has(earlier)) faults.push(`redis closes before ${earlier}`);
        }
        break;
      case 'closed':
        closed.add(of);
        break;
      case 'uncaught':
      case 'warning':
        faults.push(done);
        break;
      case 'failed':
    }
  }
  faults.push(...[...open].map((each) => `${each} has no end`));
  const left = ['consumer', ...clients].filter((client) => !closed.has(client));
  return [...faults, ...left.map((client) => `${client} was not closed`)];
}
