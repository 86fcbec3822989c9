// One user makes room for another on a shared workstation, in the real window and a real Chromium, by the keyboard alone.
// Every key is counted where it is pressed; time is Pro Santé Connect's from a navigation to it until the next one away from it.

import { performance } from 'node:perf_hooks';

import { closeBrowsers, openBrowser } from '../tests/desktop/person.mjs';
import { eventually, program, startStack } from '../tests/desktop/stack.mjs';
import { openWindow } from '../tests/desktop/window.mjs';

const F2 = '\uE032';

/** What she presses at the simulator, then on the companion's page. */
const AT_PROVIDER = (persona) => ['#means-mobile', `#persona-${persona}`, '#approve-yes', '#confirm-yes'];
const AT_COMPANION = ['form#confirmation button[value=accept]'];

/** As `eventually`, in steps that a figure can bear. */
async function soon(what, probe) {
  const late = performance.now() + 30_000;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (performance.now() > late) throw new Error(`${what}: not within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Shared workstation: `switches` times camille makes room for alix, or she for her. Each: keys by place, milliseconds by owner. */
export async function switchUsers(switches) {
  const stack = await startStack({ browser: 'recorded', companion: '[workstations]\nshared = true\n' });
  try {
    const window = await openWindow(stack, program('vestibule-app'));
    const { page } = await openBrowser('about:blank');
    const navigations = [];
    page.on('request', (request) => {
      if (request.isNavigationRequest() && request.frame() === page.mainFrame()) navigations.push({ at: performance.now(), port: new URL(request.url()).port });
    });
    const place = { stack, window, page, navigations };
    await window.until('Identifiez-vous');
    await oneSignIn(place, 'camille', () => window.press('S’identifier avec Pro Santé Connect'));
    const measured = [];
    for (let round = 0; round < switches; round += 1) measured.push(await oneSignIn(place, round % 2 === 0 ? 'alix' : 'camille', () => window.keys(F2)));
    await window.close();
    return measured;
  } finally {
    await closeBrowsers();
    await stack.stop();
  }
}

async function oneSignIn({ stack, window, page, navigations }, persona, begin) {
  const asked = () => { try { return stack.browser.asked(); } catch { return []; } }; // No file before the first time.
  const before = asked().length;
  const keys = { window: 1, companion: 0, provider: 0 };
  navigations.length = 0;
  const began = performance.now();
  await begin();
  const address = await soon('a browser was asked for', () => asked()[before]);
  await page.goto(address);
  for (const control of AT_PROVIDER(persona)) keys.provider += await pressByKeyboard(page, control);
  for (const control of AT_COMPANION) keys.companion += await pressByKeyboard(page, control);
  const shown = () => window.run(`return [...document.querySelectorAll('kbd')].some(({ innerText }) => innerText === 'F2') ? 'work'
    : document.querySelector('h1')?.innerText.includes('situation') ? 'choice' : ''`);
  if (await soon('the window takes it up', shown) === 'choice') {
    keys.window += 1;
    await window.choose('1');
    await soon('she is at work', async () => await shown() === 'work');
  }
  const ended = performance.now();
  const provider = navigations.reduce((sum, one, index) => sum + (one.port === stack.wallet ? (navigations[index + 1]?.at ?? ended) - one.at : 0), 0);
  return { keys, provider, ours: ended - began - provider };
}

/** Tab until the control has the focus, then Enter: how many keys that was. */
async function pressByKeyboard(page, control) {
  await page.locator(control).waitFor();
  const hasIt = () => page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, control);
  for (let pressed = 1; pressed < 20; pressed += 1) {
    if (await hasIt()) {
      await page.keyboard.press('Enter');
      return pressed;
    }
    await page.keyboard.press('Tab');
  }
  throw new Error(`${control} cannot be reached by the keyboard`);
}
