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
  // Points of it that lie in the window, one at least of which nothing else may cover: the banner stays, and so does what is at the foot.
  const within = (from, to, most) => [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => from + part * (to - from)).filter((at) => at >= 0 && at < most);
  const shown = within(top, bottom, innerHeight).some((y) => within(left, right, innerWidth).some((x) => element.contains(document.elementFromPoint(x, y))));
  if (!shown && element.localName !== 'input') wrong.push('is covered');
  return { stop: Number(element.dataset.stop), wrong };
});

/** What is wrong on these screens, once around each by Tab. */
async function wrongOn(scenarios) {
  const wrong = [];
  for (const scenario of scenarios) {
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
  return wrong;
}

test('on every screen Tab alone reaches all that can be pressed, in order, in sight, uncovered and ringed', async () => {
  assert.deepEqual(await wrongOn(Object.keys(SCENARIOS)), []);
});

/** Pairs of what can be pressed that answer for the same point: what is pressed for one would do what the other does. */
const overlapping = () => page.evaluate(() => {
  const pressed = [...document.querySelectorAll('button, a[href], input, select, textarea, summary')].filter((element) => element.checkVisibility({ visibilityProperty: true }));
  // What scrolls under what stays is not beside it.
  const layer = (element) => element.closest('dialog, .top, .content, .actions, .entry, .foot');
  const boxes = pressed.map((element) => ({ element, layer: layer(element), box: element.getBoundingClientRect() }));
  const meet = (one, other) => Math.min(one.right, other.right) - Math.max(one.left, other.left) > 1 && Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 1;
  return boxes.flatMap((one, at) =>
    boxes.slice(at + 1).filter((other) => other.layer === one.layer && !one.element.contains(other.element) && !other.element.contains(one.element) && meet(one.box, other.box))
      .map((other) => `${one.element.textContent.trim()} and ${other.element.textContent.trim()}`));
});

test('nothing that can be pressed lies over another, at 440 pixels and at 360', async () => {
  const wrong = [];
  for (const width of [440, 360]) {
    await page.setViewportSize({ width, height: 640 });
    for (const scenario of Object.keys(SCENARIOS)) {
      await window.show(scenario);
      wrong.push(...(await overlapping()).map((pair) => `${scenario} at ${width}: ${pair}`));
    }
  }
  assert.deepEqual(wrong, []);
});

// At 200 % and at 400 %: what stays at the top takes a large part of the window.
for (const [width, height] of [[220, 360], [320, 256]]) {
  test(`under the banner of a shared workstation nothing that has the focus is hidden, at ${width} × ${height}`, async () => {
    await page.setViewportSize({ width, height });
    const scenarios = Object.keys(SCENARIOS).filter((name) => SCENARIOS[name].service?.shared_workstation === true);
    assert.ok(scenarios.length > 6);
    assert.deepEqual(await wrongOn([...scenarios, 'situation-seven', 'support-ready']), []);
  });
}
