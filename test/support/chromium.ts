import { type Browser, chromium, type Page } from 'playwright-core';
import { chromiumCommand } from './servers/addresses.js';

// Nothing but the page is wanted: no window, no request of the browser's own.
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumCommand(), args: flags });
}

/** What the browser complains of from now on: errors of scripts, and what the page's policy refuses. */
export function complaintsOf(page: Page): readonly string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return complaints;
}
