// Run by scripts/test.mjs before the mochas, each of which would do this at the same time as the others.
import { CannotInstall } from './install.js';
import { prepareKafka } from './kafka-server.js';

try {
  await prepareKafka();
} catch (error) {
  // The suites that need it say so.
  if (!(error instanceof CannotInstall)) throw error;
}
