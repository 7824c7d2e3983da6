// Run by test/unit/support/missing-servers.test.ts on a machine without servers.
describe('NeedsServers', () => {
  it('runs only with its servers', () => undefined);
});
