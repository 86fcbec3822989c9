// For a file of tests that moves the clock: one browser and one server for all of them, and for each a window of its own. What is exported is the
// running test's.
import { after, afterEach, before, beforeEach } from 'node:test';
import { launch, openWindow, serve } from './browser.js';

export let browser;
export let server;
export let window;
export let page;

before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});
beforeEach(async () => {
  window = await openWindow(browser, server.origin, { manual: true });
  page = window.page;
});
afterEach(() => window.close());

/** Lets timers and frames of this many milliseconds go by. */
export const pass = (milliseconds) => page.clock.runFor(milliseconds);

/** Names of what the screens asked of the engine, activity apart. */
export const names = async () => (await window.requests()).map(({ name }) => name);
