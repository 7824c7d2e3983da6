import { logThresholds, readLogLevels } from '../protocols/log-levels.js';
import type { LogFileOptions, LoggingOptions } from './logging-options.js';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What the variables of docs/settings.md say of the log, for loggers that are used before any settings were read. It
 * never fails: what the settings would refuse is as if unset.
 */
export function optionsFromEnvironment(env: Variables): LoggingOptions {
  const service = text(env, 'SERVICE_NAME') ?? 'unknown';
  const environment = text(env, 'ENVIRONMENT')?.toLowerCase();
  const level = logThresholds.get(text(env, 'LOG_LEVEL')?.toLowerCase() ?? '');
  const levels = readLogLevels(text(env, 'LOG_LEVELS') ?? '');
  const file = fileFrom(env, service);
  return {
    service,
    level: level === undefined || level === 'silent' ? 'info' : level,
    format: text(env, 'LOG_FORMAT')?.toLowerCase() === 'console' ? 'console' : 'json',
    fields: text(env, 'LOG_FIELDS')?.toLowerCase() === 'original' ? 'original' : 'slipway',
    ...(environment !== undefined && { environment }),
    ...(levels !== undefined && { levels }),
    ...(file !== undefined && { file }),
  };
}

function fileFrom(env: Variables, service: string): LogFileOptions | undefined {
  if (!/^(?:true|1|yes|on)$/i.test(text(env, 'LOG_TO_FILE') ?? '')) return undefined;
  const maxBytes = count(env, 'LOG_MAX_BYTES');
  const backupCount = count(env, 'LOG_BACKUP_COUNT');
  return {
    path: text(env, 'LOG_FILE_PATH') ?? `/app/logs/${service}.log`,
    ...(maxBytes !== undefined && { maxBytes }),
    ...(backupCount !== undefined && { backupCount }),
  };
}

function text(env: Variables, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === '' ? undefined : value;
}

function count(env: Variables, name: string): number | undefined {
  const value = text(env, name);
  return value !== undefined && /^(?:0|[1-9]\d{0,14})$/.test(value) ? Number(value) : undefined;
}
