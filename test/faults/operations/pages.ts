import type { Cell, ServerName } from './cells.js';
import { limits } from './limits.js';
import type { Answer, ServiceProcess } from './service-process.js';

/** What the pages have to say: all is well, a server is away, or whatever they say, since that has just changed. */
export type Truth = 'well' | 'away' | 'away, and not required' | 'unknown';

interface HealthBody {
  readonly status?: string;
  readonly services?: Readonly<Record<string, string>>;
  readonly reasons?: readonly string[];
  readonly detail?: string;
}

const componentsOf: Readonly<Record<ServerName, readonly string[]>> = {
  redis: ['redis'],
  kafka: ['kafka', 'kafka-consumer'],
};
const pages = [
  '/livez',
  '/readyz',
  '/api/v1/health',
  '/api/v1/health/redis',
  '/api/v1/health/kafka',
  '/api/v1/health/kafka-consumer',
] as const;
type Page = (typeof pages)[number];

/** Asks every page of health. @returns what is not the truth, or came too late. */
export async function faultsOfPages(
  service: ServiceProcess,
  { server }: Pick<Cell, 'server'>,
  truth: Truth,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const page of pages) {
    const answer = await service.ask(page);
    const { ms, status, body } = answer;
    if (ms > limits.page) faults.push(`${page} took ${Math.round(ms)} ms`);
    const wrong = [200, 503].includes(status) ? faultOf(page, answer, server, truth) : 'no page';
    if (wrong !== undefined) faults.push(`${page} while ${server} is ${truth}: ${wrong}: ${status} ${body}`);
  }
  return faults;
}

function faultOf(page: Page, { status, body }: Answer, server: ServerName, truth: Truth): string | undefined {
  const report = JSON.parse(body) as HealthBody;
  if (page === '/livez') return status === 200 ? undefined : 'not 200';
  if (truth === 'unknown') return undefined;
  if (page === '/readyz') return faultOfReadiness(status, report, server, truth !== 'away');
  const isUnwell = truth !== 'well';
  if (page === '/api/v1/health') return faultOfReport(status, report, server, isUnwell);
  const isAway = isUnwell && componentsOf[server].some((name) => page.endsWith(`/${name}`));
  if (status !== (isAway ? 503 : 200)) return isAway ? 'not 503' : 'not 200';
  return isAway && (report.detail ?? '') === '' ? 'no detail' : undefined;
}

function faultOfReadiness(
  status: number,
  { reasons = [] }: HealthBody,
  server: ServerName,
  isReady: boolean,
): string | undefined {
  if ((status === 200) !== isReady) return isReady ? 'not 200' : 'not 503';
  return isReady || reasons.join().includes(server) ? undefined : 'no reason that names it';
}

/** Some serve in every cell, so the page is 200. */
function faultOfReport(
  status: number,
  { status: told, services = {} }: HealthBody,
  server: ServerName,
  isUnwell: boolean,
): string | undefined {
  if (status !== 200) return 'not 200, though some serve';
  if (told !== (isUnwell ? 'degraded' : 'healthy')) return 'another status';
  const isRight = Object.entries(services).every(
    ([name, health]) => (health !== 'healthy') === (isUnwell && componentsOf[server].includes(name)),
  );
  return isRight ? undefined : 'another service than the one that is away';
}

/** Does health call every component healthy? */
export async function isWell(service: ServiceProcess): Promise<boolean> {
  return (await servicesOf(service)).every(([, health]) => health === 'healthy');
}

/** Does health call the server's components something else than healthy: each of them, or one at least? */
export async function isTold(
  service: ServiceProcess,
  server: ServerName,
  which: 'some' | 'every',
): Promise<boolean> {
  const told = (await servicesOf(service)).filter(([name]) => componentsOf[server].includes(name));
  return told[which](([, health]) => health !== 'healthy');
}

async function servicesOf(service: ServiceProcess): Promise<[string, string][]> {
  const { body } = await service.ask('/api/v1/health');
  if (body === '') throw new Error('/api/v1/health has no answer');
  return Object.entries((JSON.parse(body) as HealthBody).services ?? {});
}
