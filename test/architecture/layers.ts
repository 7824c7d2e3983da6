import { posix } from 'node:path';
import { importsOf } from './imports.js';

interface Layer {
  readonly may: readonly string[];
  /** Folders of which it may take types alone. */
  readonly mayImportTypesOf?: readonly string[];
  /** It stands on nothing but Node. */
  readonly noPackages?: true;
}

const clients: Layer = { may: ['errors', 'protocols', 'events', 'logging', 'observability'] };
const lower: Layer = { may: ['errors', 'tokens', 'protocols'] };
const upToProviders = [
  'errors',
  'tokens',
  'protocols',
  'events',
  'settings',
  'logging',
  'observability',
  'container',
  'redis',
  'kafka',
  'health',
  'idempotency',
];
const upToSurface = [...upToProviders, 'providers'];

/** Which folder of src may import which. Its own files a folder may always import. */
export const layers: Readonly<Record<string, Layer>> = {
  errors: { may: [], noPackages: true },
  tokens: { may: [], noPackages: true },
  protocols: { may: ['tokens', 'errors'], mayImportTypesOf: ['events'] },
  events: lower,
  settings: lower,
  logging: lower,
  observability: lower,
  container: lower,
  redis: clients,
  kafka: clients,
  health: clients,
  idempotency: { may: ['errors', 'protocols', 'events', 'observability'] },
  providers: { may: upToProviders },
  http: { may: upToSurface },
  testing: { may: upToSurface },
  cli: { may: upToSurface },
  devtools: { may: [...upToSurface, 'http'] },
  index: { may: [...upToSurface, 'http'] },
};

/** Packages that one folder alone may import. */
const packagesOfOneFolder: Readonly<Record<string, string>> = {
  inversify: 'container',
  '@inversifyjs': 'container',
  ioredis: 'redis',
  kafkajs: 'kafka',
  cockatiel: 'kafka',
  sinon: 'testing',
  chai: 'testing',
  '@platformatic': 'kafka',
  'prom-client': 'observability',
  '@opentelemetry': 'observability',
};

/** The folder of a path inside src; `index` for a file directly in src. */
function folderOf(path: string): string {
  const [folder = '', ...rest] = path.split('/');
  return rest.length === 0 ? 'index' : folder;
}

function packageOf(specifier: string): string {
  const [scopeOrName = '', name] = specifier.split('/');
  if (scopeOrName in packagesOfOneFolder || name === undefined) return scopeOrName;
  return scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName;
}

/**
 * The imports that break the table, one line each.
 * @param sources text by path inside src: `redis/redis-client.ts`.
 */
export function violations(sources: ReadonlyMap<string, string>): string[] {
  const found: string[] = [];
  for (const [path, source] of sources) {
    const folder = folderOf(path);
    const layer = layers[folder];
    if (layer === undefined) {
      found.push(`${path}: the folder "${folder}" is not in the table of layers`);
      continue;
    }
    for (const { specifier, typeOnly } of importsOf(source)) {
      const broken = specifier.startsWith('.')
        ? breaksLayer(path, specifier, typeOnly)
        : breaksPackages(folder, layer, specifier);
      if (broken !== undefined) found.push(`${path}: ${broken}`);
    }
  }
  return found;
}

function breaksLayer(path: string, specifier: string, typeOnly: boolean): string | undefined {
  const folder = folderOf(path);
  const target = posix.join(posix.dirname(path), specifier);
  if (target.startsWith('..')) return `imports ${specifier}, which lies outside src`;
  const targetFolder = folderOf(target);
  if (targetFolder === folder) return undefined;
  const { may = [], mayImportTypesOf = [] } = layers[folder] ?? {};
  if (may.includes(targetFolder)) return undefined;
  if (mayImportTypesOf.includes(targetFolder)) {
    return typeOnly ? undefined : `imports ${specifier}: of ${targetFolder} only by "import type"`;
  }
  return `imports ${specifier}: ${folder} may not import ${targetFolder}`;
}

function breaksPackages(folder: string, layer: Layer, specifier: string): string | undefined {
  const name = packageOf(specifier);
  if (name === 'slipway') return `imports ${specifier}: name the file instead`;
  if (layer.noPackages && !specifier.startsWith('node:'))
    return `imports ${specifier}: ${folder} stands on nothing`;
  const owner = packagesOfOneFolder[name];
  if (owner === undefined || owner === folder) return undefined;
  return `imports ${specifier}: only ${owner} may`;
}
