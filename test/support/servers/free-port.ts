export { freePort } from '../../../src/testing/real/free-port.js';
