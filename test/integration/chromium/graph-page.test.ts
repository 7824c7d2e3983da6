import { expect } from 'chai';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { Application, graph } from '../../../src/index.js';
import { complaintsOf, launchChromium } from '../../support/chromium.js';
import { sampleService } from '../../support/container/sample-service.js';
import { TemporaryFolder } from '../../support/temporary-folder.js';

describe("the page of graph(app, 'html') in a browser", () => {
  let browser: Browser;
  let folder: TemporaryFolder;
  let url: string;
  let page: Page;
  let complaints: readonly string[];

  before(async () => {
    browser = await launchChromium();
    folder = new TemporaryFolder('graph');
    const file = join(folder.path, 'graph.html');
    await using app = await Application.start(sampleService());
    await writeFile(file, graph(app, 'html'));
    url = pathToFileURL(file).href;
  });

  after(async () => {
    await browser?.close();
    folder?.[Symbol.dispose]();
  });

  beforeEach(async () => {
    page = await browser.newPage({ offline: true });
    page.setDefaultTimeout(10_000);
    complaints = complaintsOf(page);
    await page.goto(url);
  });

  afterEach(async () => {
    await page.close();
    expect(complaints).to.deep.equal([]);
  });

  const card = (name: string) => page.locator(`g.card[aria-label^="${name},"]`);
  const names = async (kind: string): Promise<string[]> => {
    const cards = await page.locator(`g.card.${kind}`).all();
    const labels = await Promise.all(cards.map((each) => each.getAttribute('aria-label')));
    return labels.map((label) => label?.split(',')[0] ?? '');
  };

  it('keeps every text inside its card', async () => {
    // Text, since the compiler knows no browser here.
    const outside = await page.evaluate(`
      [...document.querySelectorAll('g.card')].flatMap((card) => {
        const frame = card.querySelector('rect').getBoundingClientRect();
        return [...card.querySelectorAll('text')].filter((text) => {
          const { left, right, top, bottom } = text.getBoundingClientRect();
          return left < frame.left || right > frame.right + 0.5 || top < frame.top || bottom > frame.bottom + 0.5;
        }).map((text) => text.textContent);
      })`);
    expect(outside).to.deep.equal([]);
  });

  it('lights up what a token needs and what needs it', async () => {
    await card('UnitOfWork').focus();

    expect(await names('self')).to.deep.equal(['UnitOfWork']);
    expect(await names('needs')).to.include.members([
      'PostgresPool',
      'TransactionalOutbox',
      'CorrelationId',
      'LoggerFactory',
    ]);
    expect(await names('users')).to.include.members(['EssaySession', 'GetEssayHandler', 'ChangeEssayAction']);
    expect(await names('lit')).to.not.include('CurrentUser');

    await card('UnitOfWork').blur();
    expect(await names('lit')).to.deep.equal([]);
  });

  it('tells the details of a token, and leads from there to its neighbours', async () => {
    await card('UnitOfWork').focus();
    await page.keyboard.press('Enter');
    const details = page.locator('#details');
    expect(await details.innerText()).to.match(
      /^UnitOfWork\nScope\nREQUEST\nMade by\nfunction, provider request/,
    );

    await details.getByRole('button', { name: 'TransactionalOutbox' }).click();
    expect(await details.getByRole('heading').innerText()).to.equal('TransactionalOutbox');
    expect(await names('self')).to.deep.equal(['TransactionalOutbox']);

    await page.keyboard.press('Escape');
    expect(await details.isVisible()).to.equal(false);
  });

  it('finds tokens by a part of their name', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('gradeser');
    expect(await names('found')).to.deep.equal(['GradeService']);
    expect(await page.locator('tr[data-id]:visible').count()).to.equal(1);

    await page.keyboard.press('Enter');
    expect(await names('self')).to.deep.equal(['GradeService']);
  });

  it('zooms', async () => {
    const picture = page.locator('#graph');
    const width = async (): Promise<number> => (await picture.boundingBox())?.width ?? 0;
    await page.getByRole('button', { name: '100%' }).click();
    const natural = await width();
    await page.getByRole('button', { name: 'Larger' }).click();
    expect(await width()).to.be.closeTo(1.25 * natural, 1);
    await page.getByRole('button', { name: 'Fit' }).click();
    expect(await width()).to.be.below(page.viewportSize()?.width ?? 0);
  });

  it('shows picture and table without its script', async () => {
    const plain = await browser.newPage({ javaScriptEnabled: false });
    await plain.goto(url);
    expect(await plain.locator('g.card').count()).to.be.greaterThan(149);
    expect(await plain.locator('tbody tr').count()).to.be.greaterThan(149);
    expect(await plain.locator('.tools').isVisible()).to.equal(false);
    await plain.close();
  });
});
