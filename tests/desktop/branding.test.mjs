// The companion's pages under another brand than its own, in a real Chromium: what a publisher or a hospital writes in [branding].

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { closeBrowsers, openBrowser, takeBrowser } from './person.mjs';
import { program, startStack } from './stack.mjs';
import { openWindow } from './window.mjs';

const logo = path.join(path.dirname(fileURLToPath(import.meta.url)), '../brand/logo.svg');
const BRANDING = `[branding]
product_name = "Passerelle & Soins"
publisher = "Éditions Mirabelle"
support = "01 99 00 00 77"
accent = "#8a1c4a"
accent_dark = "#f0a6c4"
logo_file = "${logo}"
`;

let stack;

before(async () => { stack = await startStack({ companion: BRANDING }); });
after(async () => { await closeBrowsers(); await stack?.stop(); });

/** What she sees and hears of the page, and whether it wears the brand. */
const look = (page) => page.evaluate(() => {
  const picture = document.querySelector('header img.logo');
  const style = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
  return {
    words: [document.title, document.body.innerText, ...[...document.querySelectorAll('[alt], [aria-label], [title]')].map((element) => `${element.alt ?? ''} ${element.ariaLabel ?? ''} ${element.title}`)].join('\n'),
    picture: picture !== null && picture.complete && picture.naturalWidth > 0 && picture.alt,
    accent: getComputedStyle(document.documentElement).getPropertyValue('--accent').trim(),
    drawing: document.querySelectorAll('header .service svg').length,
    number: document.querySelector('.number') === null ? null : style('.number', 'borderColor'),
  };
});

test('a person signs in through pages that wear the brand, and axe-core finds nothing', async () => {
  const window = await openWindow(stack, program('vestibule-app'));
  await window.until('Pro Santé Connect');
  await window.press('S’identifier avec Pro Santé Connect');
  const browser = await takeBrowser(stack);
  const complaints = [];
  browser.page.on('console', (message) => { if (/content security policy/i.test(message.text())) complaints.push(message.text()); });
  await browser.identify('camille');
  await browser.page.locator('form#confirmation').waitFor();
  await browser.examine('brand-confirmation');
  const confirmation = await look(browser.page);
  assert.equal(confirmation.picture, 'Passerelle & Soins');
  assert.deepEqual([confirmation.accent, confirmation.drawing, confirmation.number], ['#8a1c4a', 0, 'rgb(138, 28, 74)']);
  assert.doesNotMatch(confirmation.words, /vestibule/i);
  await browser.step('brand-confirmation', 'form#confirmation button[value=accept]');
  await browser.page.waitForURL(/\/sign-in\/return/);
  assert.doesNotMatch((await look(browser.page)).words, /vestibule/i);
  assert.deepEqual(complaints, []);
  await browser.close();
  await window.until('FICTIF-EXEMPLE');
  await window.close();
});

test('the pages for reading say who publishes and how to be helped', async () => {
  for (const name of ['terms', 'privacy', 'accessibility']) {
    const browser = await openBrowser(`${stack.companionUrl}/${name}`);
    await browser.examine(`brand-${name}`);
    const { words, picture } = await look(browser.page);
    for (const word of ['Passerelle & Soins', 'Éditions Mirabelle', '01 99 00 00 77']) assert.ok(words.includes(word), `${name}: ${word}`);
    assert.doesNotMatch(words, /vestibule/i, name);
    assert.equal(picture, 'Passerelle & Soins');
    await browser.close();
  }
  const problem = await openBrowser(`${stack.companionUrl}/oauth/authorize`);
  assert.ok((await look(problem.page)).words.includes('01 99 00 00 77'), 'whoever is in trouble is told whom to call');
  await problem.close();
});
