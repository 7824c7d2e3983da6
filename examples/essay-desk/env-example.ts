import { envExample, kafkaVariables, redisVariables, serviceVariables } from '../../src/index.js';
import { deskVariables } from './settings.js';

// Prints what .env.example holds: node build/examples/essay-desk/env-example.js > examples/essay-desk/.env.example
process.stdout.write(envExample([serviceVariables, redisVariables, kafkaVariables, deskVariables]));
