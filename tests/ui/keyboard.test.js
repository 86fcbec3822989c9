// Without a pointer: on every screen, Tab reaches all that can be pressed, in the order in which it is read; each is in sight and ringed when it is reached.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { page, window } from './each-test.js';
import { load } from './modules.js';

const { SCENARIOS } = await load('backend/fake-people.ts');

/** All that can be pressed now, marked in the order of the document. A modal dialog leaves nothing else. */
const pressable = () => page.evaluate(() => {
  const within = document.querySelector('dialog[open]') ?? document;
  const all = [...within.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex="0"]')].filter((element) => !element.disabled && element.checkVisibility({ visibilityProperty: true }));
  all.forEach((element, number) => (element.dataset.stop = number));
  return all.map((element) => element.outerHTML.slice(0, 80));
});

/** What has the focus: its number, and what is wrong with how it is shown. */
const here = () => page.evaluate(() => {
  const element = document.activeElement;
  if (element?.dataset.stop === undefined) return null;
  const { left, right, top, bottom } = element.getBoundingClientRect();
  // A field that is drawn as boxes wears its ring there.
  const ringed = [element, ...(element.parentElement?.querySelectorAll('*') ?? [])].some((one) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2) || (one !== element && element.localName === 'input' && boxShadow !== 'none');
  });
  const wrong = [];
  if (!ringed) wrong.push('has no ring');
  if (bottom <= 0 || top >= innerHeight || right <= 0 || left >= innerWidth) wrong.push('is out of sight');
  return { stop: Number(element.dataset.stop), wrong };
});

test('on every screen Tab alone reaches all that can be pressed, in order, in sight and ringed', async () => {
  const wrong = [];
  for (const scenario of Object.keys(SCENARIOS)) {
    await window.show(scenario);
    const all = await pressable();
    const reached = [];
    // From where the screen put the focus, once around.
    for (let presses = 0; presses < all.length + 3 && reached.length < all.length; presses += 1) {
      await page.keyboard.press('Tab');
      const at = await here();
      if (at === null || reached.includes(at.stop)) continue;
      reached.push(at.stop);
      wrong.push(...at.wrong.map((line) => `${scenario}: ${all[at.stop]} ${line}`));
    }
    // A key is activity: the offer to extend the session may be gone before it is reached.
    const left = await page.evaluate(() => [...document.querySelectorAll('[data-stop]')].map((element) => Number(element.dataset.stop)));
    wrong.push(...all.filter((_, stop) => left.includes(stop) && !reached.includes(stop)).map((element) => `${scenario}: ${element} is not reached`));
    const turns = reached.filter((stop, number) => number > 0 && stop < reached[number - 1]).length;
    if (turns > 1) wrong.push(`${scenario}: the order is ${reached.join(', ')}`);
  }
  assert.deepEqual(wrong, []);
});
