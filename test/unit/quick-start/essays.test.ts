import { expect, use } from 'chai';
import { Essays, essays } from '../../../examples/quick-start/essays.js';
import { infrastructure, loadSettings } from '../../../src/index.js';
import { slipwayChai, testApplication } from '../../../src/testing/index.js';

use(slipwayChai);

it('an essay is published, then its user is told', async () => {
  await using app = await testApplication([infrastructure(loadSettings({ SERVICE_NAME: 'test' })), essays]);
  await using request = app.enter();

  await (await request.get(Essays)).handIn('ada', 'On stars');
  await app.settled();

  expect(app).to.have.published('HANDED_IN').with({ user_id: 'ada', title: 'On stars' }).once();
  expect(app).to.have.notified('ada', 'handed_in').with({ title: 'On stars' });
});
