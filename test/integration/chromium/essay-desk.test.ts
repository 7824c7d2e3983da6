import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { complaintsOf, launchChromium } from '../../support/chromium.js';
import type { TestApplication } from '../../../src/testing/index.js';
import { testDesk, urlOf } from '../../support/essay-desk.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describe('the page of the essay desk in a browser', function () {
  let browser: Browser;
  let desk: TestApplication;
  let page: Page;
  let complaints: readonly string[];

  before(async () => {
    browser = await launchChromium();
  });

  after(() => browser?.close());

  beforeEach(async () => {
    desk = await testDesk({ servers: 'memory' });
    page = await browser.newPage();
    page.setDefaultTimeout(10_000);
    complaints = complaintsOf(page);
    await page.goto(urlOf(desk));
    await page.getByText('Live for ada').waitFor();
  });

  afterEach(async () => {
    await page.close();
    await desk.stop();
  });

  /** By its label. */
  const field = (name: string) => page.getByRole('textbox', { name });

  async function handIn(title: string, text = 'Stars are far.'): Promise<string> {
    await field('Title').fill(title);
    await field('Text').fill(text);
    await page.getByRole('button', { name: 'Hand in' }).click();
    const answer = page.locator('#answer:not(:empty)');
    await answer.waitFor();
    return answer.innerText();
  }

  it('hands in an essay and sees it arrive', async () => {
    const answer = await handIn('On stars');
    const item = page.getByRole('list', { name: 'Arrived for this user' }).getByRole('listitem');
    await item.waitFor();

    expect(await item.innerText()).to.match(/^On stars\nessay_created/);
    expect(answer).to.equal(`Handed in: essay ${await item.getAttribute('data-essay-id')}`);
    expect(complaints).to.deep.equal([]);
  });

  it('shows every value as text', async () => {
    await handIn('<img src=x onerror="document.title=1"><b>bold</b>');
    const item = page.getByRole('listitem');
    await item.waitFor();

    expect(await item.innerText()).to.include('<img src=x onerror="document.title=1"><b>bold</b>');
    expect(await page.locator('li img, li b').count()).to.equal(0);
    expect(await page.title()).to.equal('Essay desk');
    expect(complaints).to.deep.equal([]);
  });

  it('says why an essay was refused, with the correlation id', async () => {
    await handIn('Twice');
    await page.getByRole('listitem').waitFor();

    expect(await handIn('Twice')).to.match(/already has an essay of this title\. \(409, [0-9a-f-]{36}\)$/);
  });

  it('shows that the connection is lost, and connects again by itself', async () => {
    await using network = await TcpProxy.start(Number(new URL(urlOf(desk)).port));
    await page.goto(`http://127.0.0.1:${network.port}`);
    await page.getByText('Live for ada').waitFor();
    await network.refuse();
    await page.getByText('Connection lost. Trying again').waitFor();
    await network.refuse(false);

    await page.getByText('Live for ada').waitFor();
    await handIn('After the loss');
    await page.getByRole('listitem').waitFor();
    await page.goto('about:blank');
  });

  it('shows where something may be missing, for Redis was away', async () => {
    desk.redis.faults.refuse();
    desk.redis.faults.cut();
    desk.redis.faults.refuse(false);
    await page.getByRole('listitem').filter({ hasText: 'Some may be missing here' }).waitFor();
    await handIn('After the loss');

    await page.getByRole('listitem').filter({ hasText: 'After the loss' }).waitFor();
  });

  it('follows another user', async () => {
    await field('User').fill('bob');
    await field('Title').focus();
    await page.getByText('Live for bob').waitFor();
    await handIn('For bob');

    await page.getByRole('listitem').waitFor();
  });

  it('has a name for each of its fields and fits a small screen', async () => {
    for (const name of ['User', 'Title', 'Text']) expect(await field(name).count()).to.equal(1);
    await page.setViewportSize({ width: 320, height: 600 });

    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(320);
  });
});
