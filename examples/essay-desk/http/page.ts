import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';

// The compiler copies no HTML: the page stays beside its source, three folders above build/examples/essay-desk/http.
const source = new URL('../../../../examples/essay-desk/page.html', import.meta.url);

/** The page, and the policy that lets nothing run in it but itself. */
export interface Page {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

export async function loadPage(): Promise<Page> {
  const html = await readFile(source, 'utf8');
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(html, 'script')}`,
    `style-src ${hashOf(html, 'style')}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return { html, contentSecurityPolicy: policy.join('; ') };
}

function hashOf(html: string, tag: string): string {
  const content = new RegExp(`<${tag}>(.*?)</${tag}>`, 's').exec(html)?.[1];
  if (content === undefined) throw new Error(`page.html has no <${tag}>.`);
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}
