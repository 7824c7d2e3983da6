import { Application, infrastructure, loadSettings, runApplication } from '../../src/index.js';
import { essays } from './essays.js';

await runApplication(() => new Application([infrastructure(loadSettings()), essays]));
