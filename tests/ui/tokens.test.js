import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { launch, openWindow, serve } from './browser.js';

const theme = new URL('../../ui/src/theme/', import.meta.url);
// As index.html loads them: the brand's colours, then all others.
const sheets = await Promise.all([new URL('../generated/branding.css', theme), new URL('tokens.css', theme)].map((url) => readFile(url, 'utf8')));
const base = await readFile(new URL('base.css', theme), 'utf8');

/** The custom properties of the first block that this selector opens in each sheet. */
function block(selector) {
  return new Map(sheets.flatMap((css) => {
    const start = css.indexOf(selector);
    assert.ok(start >= 0, `no block of ${selector}`);
    const open = css.indexOf('{', start);
    const body = css.slice(open + 1, css.indexOf('}', open));
    return [...body.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.trim()]);
  }));
}

const light = block(':root {');
const darkBySystem = block('@media (prefers-color-scheme: dark)');
const dark = new Map([...light, ...darkBySystem]);

function luminance(hex) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const TEXT = [
  ['text', 'surface surface-raised surface-sunken accent-soft neutral-soft caution-soft positive-soft'],
  ['text-soft', 'surface surface-raised surface-sunken accent-soft neutral-soft'],
  ['accent-ink', 'surface surface-raised accent-soft'],
  ['accent-text', 'accent accent-hover'],
  ['banner-text', 'banner'],
  ['banner-soft', 'banner'],
  ['positive', 'positive-soft surface-raised'],
  ['caution', 'caution-soft surface-raised'],
  ['critical', 'critical-soft surface-raised'],
  ['simulator-ribbon-text', 'simulator-ribbon'],
];
const SHAPES = [
  ['line-strong', 'surface surface-raised'],
  ['accent', 'surface surface-raised surface-sunken'],
  ['caution', 'surface-sunken'],
  ['focus', 'surface surface-raised accent-soft'],
  ['banner-text', 'banner'],
];

for (const [name, theme] of [['light', light], ['dark', dark]]) {
  for (const [kind, pairs, least] of [['text', TEXT, 4.5], ['shapes', SHAPES, 3]]) {
    test(`${kind} of the ${name} theme reach a contrast of ${least}`, () => {
      const poor = pairs.flatMap(([ink, grounds]) =>
        grounds.split(' ').flatMap((ground) => {
          const ratio = contrast(theme.get(ink), theme.get(ground));
          return ratio >= least ? [] : [`${ink} on ${ground}: ${ratio.toFixed(2)}`];
        }),
      );
      assert.deepEqual(poor, []);
    });
  }
}

test('the dark theme has colours of its own', () => {
  assert.ok(darkBySystem.size > 25);
});

test('the components name no colour of their own and only tokens that exist', () => {
  assert.deepEqual(base.match(/#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch)a?\(/gi) ?? [], []);
  const used = new Set([...base.matchAll(/var\(--([\w-]+)/g)].map(([, name]) => name));
  assert.deepEqual([...used].filter((name) => !light.has(name)), []);
});

test('every rule of the stylesheet has a class that some screen uses', async () => {
  const { readdir } = await import('node:fs/promises');
  const root = new URL('../../ui/', import.meta.url);
  const files = (await readdir(new URL('src/', root), { recursive: true })).filter((name) => name.endsWith('.svelte'));
  const sources = await Promise.all([...files.map((name) => readFile(new URL(`src/${name}`, root), 'utf8')), readFile(new URL('index.html', root), 'utf8')]);
  const all = sources.join('\n');
  /** What a screen gives as a class, or computes as a string for one: not just any word. */
  const given = new Set(
    [...all.matchAll(/\bclass(?::([\w-]+)|="([^"]*)")|'([\w -]+)'/g)].flatMap(([, ...found]) => found.join(' ').match(/[a-z][\w-]*/g) ?? []),
  );
  const classes = new Set([...base.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\{[^{}]*\}/g, '{}').matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name));
  assert.ok(classes.size > 60 && given.size > 60, `${classes.size} ${given.size}`);
  assert.deepEqual([...classes].filter((name) => !given.has(name)), []);
});

test('every tone that a screen gives a notice, a badge or an emblem has a rule', async () => {
  const { readdir } = await import('node:fs/promises');
  const root = new URL('../../ui/src/', import.meta.url);
  const found = new Set();
  for (const name of (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.svelte'))) {
    const source = await readFile(new URL(name, root), 'utf8');
    /** Tones that a table of this file gives by the name of its field. */
    const grounds = [...source.matchAll(/ground: '(\w*)'/g)].map(([, tone]) => tone);
    for (const [tag, kind] of source.matchAll(/<\w+[^<>]*\bclass="(notice|badge|emblem)\b(?:[^<>]|=>)*>/g)) {
      const given = [...tag.matchAll(/\b(positive|caution|critical|accent)\b/g)].map(([, tone]) => tone);
      for (const tone of [...given, ...(tag.includes('.ground}') ? grounds : [])]) if (tone !== '') found.add(`.${kind}.${tone}`);
    }
  }
  assert.ok(found.has('.notice.positive') && found.has('.notice.critical') && found.has('.badge.caution') && found.size > 6, [...found].join(' '));
  assert.deepEqual([...found].filter((selector) => !base.includes(`${selector} {`)), []);
});

test('a button that is not ready looks so in forced colours', async () => {
  const [browser, server] = await Promise.all([launch(), serve()]);
  try {
    const window = await openWindow(browser, server.origin, { forcedColors: 'active' });
    await window.show('code');
    const [colour, grey] = await window.page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('i'));
      probe.style.color = 'GrayText';
      return [document.querySelector('.button.primary[aria-disabled="true"]'), probe].map((element) => getComputedStyle(element).color);
    });
    assert.equal(colour, grey);
    await window.close();
  } finally {
    await browser.close();
    await server.close();
  }
});

test('forced colours and more contrast win over either theme', async () => {
  const [browser, server] = await Promise.all([launch(), serve()]);
  try {
    for (const dark of [false, true]) {
      const forced = await openWindow(browser, server.origin, { dark, forcedColors: 'active' });
      await forced.show('sign-in');
      const [ours, system] = await forced.page.evaluate(() => {
        const probe = document.body.appendChild(document.createElement('i'));
        return ['var(--surface-raised)', 'Canvas'].map((colour) => {
          probe.style.backgroundColor = colour;
          return getComputedStyle(probe).backgroundColor;
        });
      });
      assert.equal(ours, system, `dark: ${dark}`);
      await forced.close();
      const contrasted = await openWindow(browser, server.origin, { dark, contrast: 'more' });
      await contrasted.show('sign-in');
      const pairs = await contrasted.page.evaluate(() => {
        const style = getComputedStyle(document.documentElement);
        return [['line', 'line-strong'], ['text-soft', 'text']].map((pair) => pair.map((name) => style.getPropertyValue(`--${name}`)));
      });
      for (const [one, other] of pairs) assert.equal(one, other, `dark: ${dark}`);
      await contrasted.close();
    }
  } finally {
    await browser.close();
    await server.close();
  }
});
