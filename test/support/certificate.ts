import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { TemporaryFolder } from './temporary-folder.js';

export interface Certificate extends Disposable {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** PEM text: the certificate as its own authority, and its key. */
  readonly tls: { readonly ca: string; readonly cert: string; readonly key: string };
}

/** A certificate for localhost and 127.0.0.1 that nobody has signed but itself. */
export async function selfSignedCertificate(): Promise<Certificate> {
  const folder = new TemporaryFolder('certificate');
  const keyFile = `${folder.path}/key.pem`;
  const certificateFile = `${folder.path}/certificate.pem`;
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await promisify(execFile)('openssl', [
    'req',
    '-x509',
    ...kind,
    ...name,
    '-keyout',
    keyFile,
    '-out',
    certificateFile,
  ]);
  const cert = readFileSync(certificateFile, 'utf8');
  const tls = { ca: cert, cert, key: readFileSync(keyFile, 'utf8') };
  return { certificateFile, keyFile, tls, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
