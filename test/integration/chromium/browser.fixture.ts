// Run by test/unit/support/missing-servers.test.ts on a machine without a browser.
describe('NeedsBrowser', () => {
  it('runs only with its browser', () => undefined);
});
