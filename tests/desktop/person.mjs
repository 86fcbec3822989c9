// A person in front of a real Chromium, driven over the DevTools protocol on the simulator's and the companion's pages.

import { chromium } from 'playwright-core';

import { eventually } from './stack.mjs';

export async function takeBrowser(stack) {
  const browser = await chromium.connectOverCDP(await stack.browser.debuggingUrl());
  const context = browser.contexts()[0];
  const page = () => eventually('a page', () => context.pages().find((candidate) => candidate.url().startsWith('http')));
  return {
    page,
    /** Walks the simulator's steps as `persona`, then the companion's confirmation when one is due. */
    async signIn(persona) {
      const open = await page();
      await open.locator('#means-mobile').click();
      await open.locator(`#persona-${persona}`).click();
      await open.locator('#approve-yes').click();
      const confirm = open.locator('#confirm-yes');
      const confirmation = open.locator('form#confirmation [name=decision][value=accept]');
      const returned = open.getByText('revenir', { exact: false });
      await confirm.or(confirmation).or(returned).first().waitFor();
      if (await confirm.isVisible()) await confirm.click();
      await confirmation.or(returned).first().waitFor();
      if (await confirmation.isVisible()) await confirmation.click();
    },
    async close() {
      const session = await browser.newBrowserCDPSession();
      await session.send('Browser.close').catch(() => {});
    },
  };
}
