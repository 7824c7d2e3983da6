import { rmSync } from 'node:fs';

// A deleted source would otherwise live on as compiled output and keep running its tests.
for (const folder of process.argv.slice(2)) rmSync(folder, { recursive: true, force: true });
