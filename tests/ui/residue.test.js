// Once signed out, nothing of a person is left in the window: what it shows and hides, what a screen reader hears, what it stores, what it copied.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launch, openWindow, serve } from './browser.js';

const HERS = ['Camille', 'FICTIF-EXEMPLE', 'Médecin', 'Cabinet de démonstration', '7F3K-9QXM'];

let browser;
let server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

/** Everything that the window holds, as one text each. */
async function heldBy(window) {
  const { context, page } = window;
  const devtools = await context.newCDPSession(page);
  const { nodes } = await devtools.send('Accessibility.getFullAXTree');
  const stored = await page.evaluate(async () => JSON.stringify([
    { ...localStorage }, { ...sessionStorage }, document.cookie, history.state, window.name, await indexedDB.databases(), await caches.keys(),
  ]));
  const { cookies } = await devtools.send('Network.getAllCookies');
  return {
    'what is shown and hidden': await page.content(),
    'the title': await page.title(),
    'the fields': await page.evaluate(() => [...document.querySelectorAll('input, textarea')].map(({ value }) => value).join(' ')),
    'what a screen reader hears': JSON.stringify(nodes),
    'what is stored': stored + JSON.stringify(cookies),
    'what was copied': await page.evaluate(() => navigator.clipboard.readText()),
  };
}

const found = (text) => HERS.filter((word) => text.replace(/\s+/g, ' ').includes(word));

for (const way of ['Se déconnecter', 'Changer d’utilisateur']) {
  test(`nothing of a person is left in the window after “${way}”`, async () => {
    const window = await openWindow(browser, server.origin, { permissions: ['clipboard-read', 'clipboard-write'] });
    const { page } = window;
    await window.show(way === 'Se déconnecter' ? 'signed-in' : 'signed-in-shared');
    const before = await heldBy(window);
    for (const place of ['what is shown and hidden', 'what a screen reader hears']) {
      assert.ok(found(before[place]).length >= 4, `the search finds her in ${place}: ${found(before[place])}`);
    }
    await page.getByRole('button', { name: way }).first().click();
    await page.locator('h1', { hasText: way === 'Se déconnecter' ? 'Identifiez-vous' : 'navigateur' }).waitFor();
    for (const [place, text] of Object.entries(await heldBy(window))) {
      // An attempt that has begun has a number of its own, which is nobody's yet; the double gives it the same.
      const left = found(text).filter((word) => way === 'Se déconnecter' || word !== '7F3K-9QXM');
      assert.deepEqual(left, [], `${place} still holds it`);
    }
    await window.close();
  });
}
