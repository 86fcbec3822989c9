// A person in front of a real Chromium, driven over the DevTools protocol on the simulator's and the companion's pages.
// Every page she meets is photographed, examined by axe-core, and listened to as a screen reader is given it.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { chromium } from 'playwright-core';

import { eventually, screenshots } from './stack.mjs';

/** What keeps a Chromium on a closed network, run by root, calm. */
const QUIET = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The browser that the app opened. */
export async function takeBrowser(stack) {
  const browser = await chromium.connectOverCDP(await stack.browser.debuggingUrl());
  const context = browser.contexts()[0];
  const page = await eventually('a page', () => context.pages().find((candidate) => candidate.url().startsWith('http')));
  return inFrontOf(page, async () => {
    const session = await browser.newBrowserCDPSession();
    await session.send('Browser.close').catch(() => {}); // The answer is lost with the browser.
  });
}

const opened = new Set();

/** Ends every browser of our own: a failed test leaves its own open, and the run would wait for it. */
export const closeBrowsers = () => Promise.all([...opened].map((browser) => browser.close()));

/** A browser of our own, for a desktop whose default browser only tells what it was asked to open. */
export async function openBrowser(address) {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: QUIET });
  opened.add(browser);
  browser.once('disconnected', () => opened.delete(browser));
  const page = await (await browser.newContext()).newPage();
  await page.goto(address);
  return inFrontOf(page, () => browser.close());
}

function inFrontOf(page, end) {
  const violations = [];

  /** Looks at the page as it is now, in both themes. */
  const examine = async (name) => {
    await listen(name);
    mkdirSync(screenshots, { recursive: true });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: path.join(screenshots, `page-${name}.${colorScheme}.png`), fullPage: true, animations: 'disabled' });
      // Evaluated over the debugging protocol: the page's own policy forbids every script but its own.
      await page.evaluate(axe);
      const report = await page.evaluate(() => globalThis.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
      violations.push(...report.violations.map((violation) => `${name} (${colorScheme}): ${violation.id}: ${violation.nodes.map((node) => node.html).join(' ')}`));
    }
    await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  };

  /** What a screen reader is given of the page, in Chromium's own tree. */
  const listen = async (name) => {
    const session = await page.context().newCDPSession(page);
    const nodes = (await session.send('Accessibility.getFullAXTree')).nodes.filter(({ ignored }) => !ignored)
      .map(({ role, name: called, description, properties = [] }) => ({ role: role.value, name: called?.value?.trim() ?? '', description: description?.value ?? '', is: Object.fromEntries(properties.map((one) => [one.name, one.value.value])) }));
    await session.detach();
    const { lang, title, unmarked, low, over, spoken } = await page.evaluate(() => ({
      lang: document.documentElement.lang, title: document.title,
      // Without marks by their style, some engines take them for panels.
      unmarked: [...document.querySelectorAll('ul, ol')].filter((list) => getComputedStyle(list).listStyleType === 'none' && list.getAttribute('role') !== 'list').map(({ outerHTML }) => outerHTML.slice(0, 60)),
      over: [...document.querySelectorAll('a, button, input, summary')].filter((one) => one.checkVisibility({ visibilityProperty: true })).flatMap((one, at, all) => all.slice(at + 1).filter((other) => {
        const [a, b] = [one.getBoundingClientRect(), other.getBoundingClientRect()];
        return !one.contains(other) && Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1 && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 1;
      }).map((other) => `${one.textContent.trim()} and ${other.textContent.trim()}`)),
      low: [...document.querySelectorAll('a, button')].filter((one) => one.getBoundingClientRect().height < 44).map(({ outerHTML }) => outerHTML.slice(0, 80)),
      spoken: [...document.querySelectorAll('[role=status], [role=alert]')].map(({ textContent }) => textContent.trim()).filter((text) => text !== ''),
    }));
    const wrong = [];
    if (lang !== 'fr' || title.trim() === '') wrong.push(`the page is called “${title}” in “${lang}”`);
    const headings = nodes.filter(({ role, is }) => role === 'heading' && is.level === 1);
    if (headings.length !== 1 || headings[0].name === '') wrong.push(`${headings.length} headings of the page`);
    for (const node of nodes) {
      if (node.is.focusable === true && node.role !== 'RootWebArea' && node.name === '') wrong.push(`a ${node.role} without a name`);
      if (`${node.name}${node.description}`.includes('·')) wrong.push(`a dot is spoken: ${node.name}`);
      if (/^\d\p{L}/u.test(node.name) && !/^[\dA-Z]{4}-[\dA-Z]{4}$/.test(node.name)) wrong.push(`a number runs on: ${node.name}`);
    }
    // The simulator's pages are another's.
    if (!name.startsWith('simulator')) wrong.push(...low.map((one) => `lower than 44 pixels: ${one}`));
    wrong.push(...over.map((pair) => `one lies over the other: ${pair}`));
    wrong.push(...unmarked.map((list) => `no list for everybody: ${list}`));
    if (new Set(spoken).size !== spoken.length) wrong.push(`spoken twice: ${spoken.join(' / ')}`);
    violations.push(...wrong.map((line) => `${name}: ${line}`));
  };

  const step = async (name, selector) => {
    await page.locator(selector).waitFor();
    await examine(name);
    await page.locator(selector).click();
  };

  /** Walks the simulator's steps as `persona`; the companion's page comes next. */
  const identify = async (persona) => {
    await step('simulator-means', '#means-mobile');
    await step('simulator-persona', `#persona-${persona}`);
    await step('simulator-phone', '#approve-yes');
    await step('simulator-confirm', '#confirm-yes');
  };

  const backToApp = async () => {
    await page.waitForURL(/\/sign-in\/return/);
    await examine('companion-return');
  };

  return {
    page, examine, step, identify,
    /** Whatever was wrong with a page she met fails the test that closes her browser. */
    async close() {
      await end();
      assert.deepEqual(violations, []);
    },
    async signIn(persona, { known = false } = {}) {
      await identify(persona);
      // A person known on this device meets no confirmation.
      if (!known) await step('companion-confirmation', 'form#confirmation button[value=accept]');
      await backToApp();
    },
    /** What the confirmation page of the polling exchange offers. */
    async numbers() {
      await page.locator('form#confirmation button.number').first().waitFor();
      await examine('companion-number');
      return page.locator('form#confirmation button.number').allInnerTexts();
    },
    pick: (number) => page.locator('form#confirmation').getByRole('button', { name: number, exact: true }).click(),
    /** The letters on the page, as they are drawn, spaces and all. */
    async letters() {
      await page.locator('#letters').waitFor();
      await examine('companion-letters');
      return page.locator('#letters').innerText();
    },
  };
}
