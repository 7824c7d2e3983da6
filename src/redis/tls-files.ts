import { readFile } from 'node:fs/promises';
import type { SecureContextOptions } from 'node:tls';
import type { RedisTlsSettings } from '../protocols/settings.js';

/** A certificate or key that cannot be read. */
export class TlsFileError extends Error {
  override readonly name = 'TlsFileError';
}

/**
 * Reads certificates and key, files among them anew for each connection: one that was renewed is used from the next
 * connection on, without a restart.
 * @throws TlsFileError; never with the content of a file.
 */
export async function readTlsFiles({ ca, cert, key }: RedisTlsSettings): Promise<SecureContextOptions> {
  const [caText, certText, keyText] = await Promise.all([
    pem('ca', ca, 'CERTIFICATE'),
    pem('cert', cert, 'CERTIFICATE'),
    pem('key', key, 'PRIVATE KEY'),
  ]);
  return {
    ...(caText === undefined ? {} : { ca: caText }),
    ...(certText === undefined ? {} : { cert: certText }),
    ...(keyText === undefined ? {} : { key: keyText }),
  };
}

async function pem(field: string, value: string | undefined, kind: string): Promise<string | undefined> {
  if (value === undefined) return undefined;
  const isFile = !value.includes('-----BEGIN');
  const text = isFile ? await read(field, value) : value;
  // Node takes any text for an authority, and then trusts nobody.
  if (new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) return text;
  throw new TlsFileError(`tls.${field}${isFile ? `, ${value},` : ''} holds no PEM ${kind.toLowerCase()}`);
}

async function read(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new TlsFileError(`the file of tls.${field} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
