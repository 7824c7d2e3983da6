// Run as a process of its own: an application starts once, with none of its code compiled yet.
import { startMs } from './start.js';

console.log(await startMs(Number(process.argv[2])));
