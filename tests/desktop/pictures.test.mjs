// The page that asks for a confirmation, as README shows it.

import { after, before, test } from 'node:test';

import { isShownAsKept } from '../pictures.mjs';
import { startApp } from './app.mjs';
import { closeBrowsers, openBrowser } from './person.mjs';
import { startServers } from './stack.mjs';

let stack;
let app;

before(async () => { stack = await startServers(); });
after(async () => {
  await closeBrowsers();
  app?.close();
  await stack?.stop();
});

test('the pages show the confirmation as it is, light and dark', async () => {
  app = await startApp(stack.companionUrl);
  const { page, close } = await openBrowser(app.address);
  for (const step of ['#means-mobile', '#persona-camille', '#approve-yes', '#confirm-yes']) await page.locator(step).click();
  await page.locator('form#confirmation').waitFor();
  await page.setViewportSize({ width: 640, height: 620 });
  for (const theme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    await page.mouse.move(0, 0);
    // The number to compare and the reference are each run's own: 0.2 %.
    await isShownAsKept(page, 'confirmation', theme, 0.004);
  }
  await close();
});
