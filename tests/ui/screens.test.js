import assert from 'node:assert/strict';
import { mkdir, rm } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { axeViolations, launch, openWindow, serve, SHOTS, sidewaysScroll } from './browser.js';
import { KEPT, looksOf } from './looks.js';
import { load } from './modules.js';

const { SCENARIOS } = await load('backend/fake-people.ts');
const scenarios = Object.keys(SCENARIOS);
const about = ['', 'terms', 'privacy', 'accessibility', 'licences'];
/** Screens whose help is looked at. */
const helps = ['sign-in', 'signed-in-shared', 'waiting'];

let browser;
let server;
before(async () => {
  await rm(SHOTS, { recursive: true, force: true });
  await mkdir(SHOTS, { recursive: true });
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(async () => {
  await browser?.close();
  await server?.close();
});

async function openAbout(page, text) {
  await page.locator('.foot button').last().click();
  if (text !== '') await page.locator('.list button').nth(about.indexOf(text) - 1).click();
}

async function openHelp(page) {
  await page.locator('.bar-link >> nth=0').click();
  await page.locator('dialog[open]').waitFor();
}

/** Every picture to take: its name, and how to get there. */
const pictures = [
  ...scenarios.map((name) => ({ name, go: (window, lang) => window.show(name, { lang }) })),
  ...about.map((text) => ({
    name: ['about', text].filter(Boolean).join('-'),
    go: async (window, lang) => {
      await window.show('sign-in', { lang });
      await openAbout(window.page, text);
    },
  })),
  ...helps.map((scenario) => ({
    name: `help-${scenario}`,
    go: async (window, lang) => {
      await window.show(scenario, { lang });
      await openHelp(window.page);
    },
  })),
];

async function typeCode(window, lang, letters) {
  await window.show('code', { lang });
  await window.page.locator('#code-letters').pressSequentially(letters);
}

pictures.push(
  {
    name: 'code-typed',
    go: async (window, lang) => {
      await typeCode(window, lang, 'kdrtw');
      await window.page.locator('details.help summary').click();
      await window.page.locator('#code-letters').focus();
    },
  },
  {
    name: 'code-typed-wrong',
    go: async (window, lang) => {
      await typeCode(window, lang, 'bcdfghjk');
      await window.page.keyboard.press('Enter');
      await window.page.locator('.notice.critical').waitFor();
    },
  },
  ...['one', 'here', 'others', 'all'].map((what, number) => ({
    name: `own-sessions-end-${what}`,
    go: async (window, lang) => {
      await window.show('own-sessions', { lang });
      await window.page.locator('.list button, .content > .stack > .button').nth([0, 1, 3, 4][number]).click();
      await window.page.locator('dialog[open]').waitFor();
    },
  })),
  {
    name: 'support-settings',
    go: async (window, lang) => {
      await window.show('support', { lang });
      await window.page.locator('summary').click();
      await window.page.locator('summary').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'locked-change',
    go: async (window, lang) => {
      await window.show('locked', { lang });
      await window.page.locator('.quiet').click();
      await window.page.locator('dialog[open]').waitFor();
    },
  },
  {
    name: 'support-checks-selected',
    go: async (window, lang) => {
      await window.show('support-checked', { lang });
      await window.page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }));
      await window.page.locator('.list ~ button').first().click();
      await window.page.locator('pre:not([hidden])').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'waiting-polling-picture',
    go: async (window, lang) => {
      await window.show('waiting-polling', { lang });
      await window.page.locator('.picture summary').click();
      await window.page.locator('.qr').scrollIntoViewIfNeeded();
    },
  },
  {
    name: 'waiting-polling-copied',
    go: async (window, lang) => {
      await window.show('waiting-polling', { lang });
      await window.page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: () => Promise.reject(new Error('no')) } }));
      await window.page.locator('.one-time-link button').click();
      await window.page.locator('.one-time-link [role=status]', { hasText: /./ }).waitFor();
    },
  },
);

async function inspect(window, picture, lang, file, { audited = true, ofTheDrawing = false, looks } = {}) {
  await picture.go(window, lang);
  const found = [];
  // Nothing under the pointer, so that no picture shows a hover.
  await window.page.mouse.move(0, 0);
  const shot = await window.page.screenshot({ path: `${SHOTS}${file}.png` });
  if (looks !== undefined) found.push(...(await looks.wrongWith(picture.name, shot)));
  if (audited) found.push(...(await axeViolations(window.page, { ofTheDrawing })));
  const excess = await sidewaysScroll(window.page);
  if (excess > 0) found.push(`scrolls sideways by ${excess} px`);
  const language = await window.page.evaluate(() => document.documentElement.lang);
  if (language !== lang) found.push(`lang is ${language}`);
  found.push(...window.complaints.splice(0));
  return found;
}

/** Each pair of a language, a theme and an enlargement is in one of these: no screen draws all three together otherwise than two by two. */
const sets = [
  { lang: 'fr', dark: false, zoom: 1 },
  { lang: 'fr', dark: true, zoom: 1 },
  { lang: 'fr', dark: false, zoom: 2 },
  { lang: 'en', dark: false, zoom: 1 },
  { lang: 'en', dark: true, zoom: 2 },
];

describe('languages, themes and enlargements', { concurrency: 2 }, () => {
  for (const { lang, dark, zoom } of sets) {
    const set = `${lang}-${dark ? 'dark' : 'light'}-${zoom * 100}`;
    test(`every screen in ${set} passes axe, fits its window and breaks no policy${KEPT.includes(set) ? ', and looks as it did' : ''}`, async () => {
      const window = await openWindow(browser, server.origin, { zoom, dark });
      const looks = KEPT.includes(set) ? await looksOf(set, browser) : undefined;
      const wrong = [];
      for (const picture of pictures) {
        const found = await inspect(window, picture, lang, `${picture.name}.${set}`, { ofTheDrawing: dark || zoom !== 1, looks });
        wrong.push(...found.map((line) => `${picture.name}: ${line}`));
      }
      await window.close();
      await looks?.end();
      assert.deepEqual(wrong, []);
    });
  }
});

describe('other windows', { concurrency: 2 }, () => {
  const others = [
    { set: '320', width: 320, height: 640 },
    { set: '360x480', width: 360, height: 480 },
    { set: '440x640', width: 440, height: 640 },
    { set: 'large', width: 1280, height: 900 },
    { set: 'full', width: 1920, height: 1080 },
    { set: 'forced-colors', audited: true, forcedColors: 'active' },
    { set: 'forced-colors-dark', audited: true, forcedColors: 'active', dark: true },
    { set: 'more-contrast', audited: true, contrast: 'more', dark: true },
  ];
  for (const { set, audited = false, ...options } of others) {
    test(`every screen in a window of the kind ${set} does not scroll sideways and breaks no policy`, async () => {
      const window = await openWindow(browser, server.origin, options);
      const wrong = [];
      for (const picture of pictures) {
        const found = await inspect(window, picture, 'fr', `${picture.name}.fr-${set}`, { audited, ofTheDrawing: true });
        wrong.push(...found.map((line) => `${picture.name}: ${line}`));
      }
      await window.close();
      assert.deepEqual(wrong, []);
    });
  }
});
