import { randomUUID } from 'node:crypto';
import { Child } from '../../../support/child.js';
import { DeskProcess } from '../../../support/desk-process.js';
import type { Result } from '../../suite.js';
import { Findings } from '../findings.js';
import { badBodies } from './bodies.js';
import { type BadRequest, faultOf, request, send } from './bad-request.js';
import { type BadEnvironment, badEnvironments, secret } from './environments.js';
import { badFrames, badUpgrades } from './frames.js';
import { badHeaders } from './headers.js';
import { sendFrames } from './websocket.js';

/** Two processes that start at a time: more only wait for each other. */
const atATime = 2;

/** The essay desk is started with each of the environments and has to say what is wrong with it. */
export async function runEnvironments(short: boolean): Promise<Result> {
  const findings = new Findings();
  const chosen = badEnvironments.filter((_, index) => !short || index % 5 === 0);
  const waiting = [...chosen];
  const work = async (): Promise<void> => {
    for (let each = waiting.shift(); each !== undefined; each = waiting.shift()) {
      const fault = await faultOfStart(each);
      const told = `${each.variable}=${each.env[each.variable]?.slice(0, 40)}: ${fault}`;
      findings.expect(fault === undefined, told);
    }
  };
  await Promise.all(Array.from({ length: atATime }, work));
  return resultOf('environments', chosen.length, findings);
}

async function faultOfStart({ variable, env }: BadEnvironment): Promise<string | undefined> {
  await using desk = DeskProcess.launch({ REDIS_PASSWORD: secret, ...env });
  const opened = desk.untilOpen().then(
    () => 'it starts',
    () => undefined,
  );
  const ended = desk.ended.then(({ code }) => (code === 1 ? undefined : `it exits with ${code}`));
  const fault = await Promise.race([ended, opened.then((found) => found ?? ended)]);
  if (fault !== undefined) return fault;
  const { stderr, stdout } = desk;
  if (`${stderr}${stdout}`.includes(secret)) return 'it shows the secret';
  if (/\n\s+at /.test(stderr)) return 'it shows a stack';
  if (
    stderr.split('[SLIPWAY_').length !== 2 ||
    !stderr.startsWith('[SLIPWAY_SETTINGS_INVALID] 1 setting is wrong')
  )
    return `it says ${stderr.slice(0, 200)}`;
  return new RegExp(`^ {2}${variable} is .*, expected .+\\.$`, 'm').test(stderr)
    ? undefined
    : `it does not name the variable: ${stderr.slice(0, 200)}`;
}

/** Sends each of the bodies to the essay desk, and has a good request answered after each. */
export function runBodies(): Promise<Result> {
  return atDesk('bodies', badBodies);
}

/** The same with headers. */
export function runHeaders(): Promise<Result> {
  return atDesk('headers', badHeaders);
}

async function atDesk(name: string, requests: readonly BadRequest[]): Promise<Result> {
  const findings = new Findings();
  await using desk = await DeskProcess.open({ REDIS_PASSWORD: secret, LOG_LEVEL: 'debug' });
  const port = Number(new URL(desk.url).port);
  for (const each of requests) {
    const fault = faultOf(await send(port, each), each);
    findings.expect(fault === undefined, `${each.what.slice(0, 80)}: ${fault}`);
    await expectLife(desk, port, each.what, findings);
    const status = await handIn(port);
    findings.expect(status === 201, `a good essay gets ${status} after ${each.what.slice(0, 80)}`);
  }
  await expectEnd(desk, findings);
  return resultOf(name, requests.length, findings);
}

/** WebSockets: clients that are not let in, and frames that are none. */
export async function runFrames(): Promise<Result> {
  const findings = new Findings();
  await using service = new Child(process.execPath, ['build/test/faults/operations/bad-input/service.js'], {
    env: {
      SERVICE_NAME: 'notified',
      REDIS_URL: 'memory://',
      KAFKA_BOOTSTRAP_SERVERS: 'memory://',
      REDIS_PASSWORD: secret,
      LOG_LEVEL: 'debug',
    },
  });
  const [, url = ''] = await service.until(/Listening on (\S+)/);
  const port = Number(new URL(url).port);
  for (const each of badUpgrades) {
    const fault = faultOf(await send(port, each), each);
    findings.expect(fault === undefined, `${each.what}: ${fault}`);
    await expectLife(service, port, each.what, findings);
  }
  for (const { what, bytes, codes } of badFrames) {
    const { status, code } = await sendFrames(port, bytes);
    const isClosed = status === 101 && code !== undefined && codes.includes(code);
    findings.expect(isClosed, `${what}: status ${status}, closed with ${code}`);
    await expectLife(service, port, what, findings);
  }
  // One that keeps to the protocol is still served, to its end.
  const { code } = await sendFrames(port, Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]));
  findings.expect(code === 1000, `a good WebSocket is closed with ${code}`);
  await expectEnd(service, findings);
  return resultOf('frames', badUpgrades.length + badFrames.length, findings);
}

async function expectLife(service: Child, port: number, what: string, findings: Findings): Promise<void> {
  const { status } = await send(port, { bytes: request('GET', '/livez', {}) });
  findings.expect(service.isRunning && status === 200, `/livez is ${status} after ${what.slice(0, 80)}`);
}

async function handIn(port: number): Promise<number> {
  const body = JSON.stringify({ userId: 'ada', title: randomUUID(), text: 'A good one.' });
  const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
  return (await send(port, { bytes: request('POST', '/api/v1/essays', headers, body) })).status;
}

/** It ends in order, and has said nothing that it should not. */
async function expectEnd(service: Child, findings: Findings): Promise<void> {
  service.signal('SIGTERM');
  const { code } = await service.ended;
  findings.expect(code === 0, `it exits with ${code}: ${service.stderr.slice(-300)}`);
  const printed = `${service.stdout}${service.stderr}`;
  findings.expect(!printed.includes(secret), 'it has printed the secret');
  const warning = /^.*(?:Warning:|Unhandled|unhandled).*$/m.exec(printed)?.[0];
  findings.expect(warning === undefined, `it has printed ${warning}`);
  const failed = printed.split('\n').filter((line) => line.includes('"level":"error"'));
  findings.expectNone(failed, 'errors are logged');
}

function resultOf(name: string, inputs: number, findings: Findings): Result {
  return {
    id: `operations.bad-input.${name}`,
    ok: findings.areNone,
    wrong: findings.told,
    inputs,
  };
}
