import { z } from 'zod';
import { readLogLevels } from '../protocols/log-levels.js';
import { defineSettings } from './define-settings.js';
import { field } from './field.js';

/** SERVICE_NAME, ENVIRONMENT, LOG_LEVEL and the rest of the log's. */
export const serviceVariables = defineSettings({
  serviceName: field.matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/, {
    description: 'The service in logs, health reports, client ids and its consumer group.',
    expected: 'up to 100 letters, digits, dots, dashes and underscores that begin with a letter or digit',
    example: 'essay-desk',
  }),
  environment: field
    .choice(['development', 'testing', 'staging', 'production'], {
      description: 'Where the service runs. In production `memory://` is refused.',
    })
    .default('development'),
  logLevel: field
    .choice(['debug', 'info', 'warn', 'error'], {
      aliases: { warning: 'warn', critical: 'error' },
      description:
        "The least level that is logged. Python's `warning` and `critical` mean `warn` and `error`.",
    })
    .default('info'),
  logFormat: field
    .choice(['json', 'console'], { description: '`json`: one object a line; `console`: lines for people.' })
    .default('json'),
  logFields: field
    .choice(['slipway', 'original'], {
      description: "The names of the fields in JSON: slipway's, or those of the original.",
    })
    .default('slipway'),
  logLevels: z
    .string()
    .transform((text, context) => {
      const levels = readLogLevels(text);
      if (levels !== undefined) return levels;
      context.addIssue('not a list of levels');
      return z.NEVER;
    })
    .meta({
      description: 'Levels of single modules, or of all whose names begin with what stands before a `*`.',
      expected:
        'module=level, several separated by commas: kafka-bus=debug,redis*=warn; silent is a level too',
    })
    .optional(),
  logToFile: field.flag({ description: 'Lines go to a file too.' }).default(false),
  logFilePath: field
    .text({
      description: 'The file. Its folder is made where it is missing.',
      expected: 'a path',
      defaultText: '/app/logs/<service>.log',
    })
    .optional(),
  logMaxBytes: field
    .integer({
      min: 0,
      description: 'A line that would fill the file to so many bytes begins a new one; 0: never.',
    })
    .default(104_857_600),
  logBackupCount: field
    .integer({
      min: 0,
      description:
        'How many files before it are kept, as `.1` (the youngest), `.2` and so on; 0: the file grows.',
    })
    .default(10),
});
