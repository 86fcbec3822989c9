// The window, as README shows it.
import { after, before, test } from 'node:test';
import { isShownAsKept } from '../pictures.mjs';
import { launch, openWindow, serve } from './browser.js';

let browser;
let server;
before(async () => { [browser, server] = await Promise.all([launch(), serve()]); });
after(async () => { await browser?.close(); await server?.close(); });

for (const [name, lang] of [['fenetre', 'fr'], ['window', 'en']]) {
  for (const theme of ['light', 'dark']) {
    test(`the pages show the window as it is, signed in, ${theme}, in ${lang}`, async () => {
      const window = await openWindow(browser, server.origin, { height: 560, dark: theme === 'dark' });
      await window.show('signed-in', { lang });
      await window.page.mouse.move(0, 0);
      await isShownAsKept(window.page, name, theme, 0.001);
      await window.close();
    });
  }
}
