import { createInterface } from 'node:readline';
import { collectYoung } from '../measure/memory.js';

/** Answers each line of the parent, `<name> <number> ...`, with a line that holds a number. Ends with the parent. */
export async function serve(answers: Readonly<Record<string, (...args: number[]) => Promise<number>>>) {
  console.log('ready');
  for await (const line of createInterface({ input: process.stdin })) {
    const [name = '', ...args] = line.split(' ');
    const answer = answers[name];
    if (answer === undefined) throw new Error(`No answer to ${name}.`);
    console.log(await answer(...args.map(Number)));
  }
}

/** What a process that publishes answers. `publish` is given a number that it may make a key from. */
export function publishing(publish: (number: number) => Promise<unknown>) {
  let turn = 0;

  async function flow(times: number): Promise<void> {
    for (let left = times; left > 0; left -= 1) await publish((turn += 1));
  }

  return {
    /** The milliseconds in which `callers` publish `times` times each, awaiting each acknowledgement. */
    async run(callers = 1, times = 1): Promise<number> {
      await new Promise(setImmediate);
      collectYoung();
      const startedAt = performance.now();
      await Promise.all(Array.from({ length: callers }, () => flow(times)));
      return performance.now() - startedAt;
    },
    /** The microseconds of CPU time that `ms` milliseconds without anything to do take. */
    async idle(ms = 1000): Promise<number> {
      const before = process.cpuUsage();
      await new Promise((resolve) => setTimeout(resolve, ms));
      const { user, system } = process.cpuUsage(before);
      return user + system;
    },
  };
}

/** The arguments of a process: where Kafka is, and the topic. */
export function addressAndTopic(): { readonly servers: string; readonly topic: string } {
  const [, , servers = '', topic = ''] = process.argv;
  return { servers, topic };
}
