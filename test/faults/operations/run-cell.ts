import { setTimeout as sleep } from 'node:timers/promises';
import type { Result } from '../suite.js';
import { type Cell, idOf } from './cells.js';
import { within } from './findings.js';
import { limits, outageMs } from './limits.js';
import type { Places } from './places.js';
import { Scene } from './scene.js';

export async function runCell(cell: Cell, places: Places): Promise<Result> {
  const begunAt = performance.now();
  await using scene = new Scene(cell, places);
  try {
    await moments[cell.when](scene);
  } catch (error) {
    scene.findings.add(String(error), ...scene.uncaught());
  }
  const { findings, told } = scene;
  return {
    id: idOf(cell),
    ok: findings.areNone,
    wrong: findings.told,
    ...told,
    took_ms: Math.round(performance.now() - begunAt),
  };
}

const moments: Readonly<Record<Cell['when'], (scene: Scene) => Promise<void>>> = {
  boot: atBoot,
  idle: whenIdle,
  load: underLoad,
  stop: duringStop,
};

/** Without the server a required client fails the start, and an optional one does not. */
async function atBoot(scene: Scene): Promise<void> {
  const { cell, findings, told } = scene;
  await scene.begin();
  const required = cell.fault === 'recovered' ? undefined : scene.launch();
  const optional = { REDIS_REQUIRED: 'false', KAFKA_REQUIRED: 'false' };
  const service = scene.launch(optional);
  // One that does not get away from what it holds, besides.
  const hanging = scene.launch({ ...optional, WORK_HANGS: 'true', PORT: '0' });
  if (required !== undefined) await scene.expectFailedStart(required);
  for (const each of [service, hanging]) {
    await within(limits.start, each.untilListening(), 'the start with an optional client hangs');
  }
  // If the other server is Kafka, the consumer may still be joining its group.
  await scene.expectPages(service, 'away, and not required');
  const refused = await service.work('early');
  findings.expect([503, 504].includes(refused.status), `work gets ${refused.status}: ${refused.body}`);
  told['refused_in_ms'] = Math.round(refused.ms);
  await scene.stop(hanging, { code: 2, namesFault: true });
  if (cell.fault === 'recovered') {
    await scene.end();
    await scene.expectRecovery(service);
  }
  await scene.stop(service, { namesFault: true, refused: 1 });
}

/** Health tells of it, and of the end of it. */
async function whenIdle(scene: Scene): Promise<void> {
  const { cell, told } = scene;
  const service = await scene.start();
  await scene.begin();
  told['noticed_ms'] = await scene.untilTold(service, 'every');
  await scene.expectPages(service, 'away');
  if (cell.fault === 'recovered') {
    await scene.end();
    await scene.expectRecovery(service);
  }
  await scene.stop(service, { namesFault: true });
}

/** Every request is answered in time, and what was acknowledged is handled. */
async function underLoad(scene: Scene): Promise<void> {
  const service = await scene.start();
  const load = scene.load(service);
  await load.going();
  await scene.begin();
  const [noticedMs] = await Promise.all([scene.untilTold(service, 'some'), sleep(outageMs)]);
  scene.told['noticed_ms'] = noticedMs;
  await scene.expectPages(service, 'unknown');
  await scene.end();
  await scene.expectRecovery(service);
  await load.end();
  const { requests, acknowledged, unanswered, refused, slowestMs } = load;
  Object.assign(scene.told, { requests, acknowledged: acknowledged.length, slowest_ms: slowestMs });
  scene.findings.expect(unanswered.length === 0, `${unanswered.length} requests were cut`);
  await scene.expectHandled(acknowledged);
  await scene.stop(service, { namesFault: true, refused });
}

/** It stops in time; what was taken is answered, and what was acknowledged is handled by the next. */
async function duringStop(scene: Scene): Promise<void> {
  const service = await scene.start();
  const load = scene.load(service);
  await load.going();
  await scene.begin();
  service.signal('SIGTERM');
  if (scene.cell.fault === 'recovered') await scene.end();
  await scene.ended(service);
  await load.end();
  const { requests, acknowledged, unanswered, refused, slowestMs } = load;
  Object.assign(scene.told, { requests, acknowledged: acknowledged.length, slowest_ms: slowestMs });
  await scene.expectStop(service, { namesFault: false, refused });
  // Who comes when the door is shut is not let in; who was let in gets an answer.
  const taken = new Set(service.journal.flatMap(({ deed, of }) => (deed === 'answering' ? [of] : [])));
  const cut = unanswered.filter((id) => taken.has(id));
  scene.findings.expect(cut.length === 0, `${cut.length} requests were cut`);
  await scene.end();
  const next = await scene.start();
  await scene.expectHandled(acknowledged);
  await scene.stop(next, { namesFault: false });
}
