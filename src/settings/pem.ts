import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { FieldMeta } from './field.js';

/** PEM from a variable: the text itself, with line breaks or `\n` for them, or the path of a file that is read now. */
export function pemField(kind: 'CERTIFICATE' | 'PRIVATE KEY', meta: FieldMeta) {
  return z
    .string()
    .transform((text, context): string => {
      const pem = readPem(text);
      if (pem !== undefined && isOf(kind, pem)) return pem;
      context.addIssue('no PEM');
      return z.NEVER;
    })
    .meta({ expected: `a ${kind.toLowerCase()} as PEM text, or the path of a file with one`, ...meta });
}

function readPem(text: string): string | undefined {
  if (text.trimStart().startsWith('-----BEGIN')) return text.replaceAll('\\n', '\n');
  try {
    return readFileSync(text.trim(), 'utf8');
  } catch {
    // The fault says what was expected; a path that cannot be read is told as the value that it is.
    return undefined;
  }
}

function isOf(kind: 'CERTIFICATE' | 'PRIVATE KEY', pem: string): boolean {
  if (kind === 'PRIVATE KEY') return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem);
  try {
    return new X509Certificate(pem).subject !== '';
  } catch {
    return false;
  }
}
