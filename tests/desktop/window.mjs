// The Tauri window through WebDriver, in the words of someone who uses it.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { eventually, screenshots } from './stack.mjs';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

export async function openWindow(stack, binary) {
  const call = async (method, route, body) => {
    const response = await fetch(stack.driverUrl + route, {
      method, signal: AbortSignal.timeout(30_000), headers: { 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${route}: ${answer.value?.error}: ${answer.value?.message}`);
    return answer.value;
  };
  const { sessionId } = await call('POST', '/session', { capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': { binary, args: [] } } } });
  const session = (method, route, body) => call(method, `/session/${sessionId}${route}`, body);
  const run = (script, ...args) => session('POST', '/execute/sync', { script, args });

  /** The control that a person would call by this name. */
  const control = (name) => eventually(`a control named “${name}”`, () => run(`
    const plain = (text) => text.replace(/\\s+/g, ' ').trim();
    return [...document.querySelectorAll('button, a[href], summary, [role=button]')].find((element) =>
      !element.disabled && element.checkVisibility() &&
      plain(element.getAttribute('aria-label') ?? [...element.querySelectorAll('img')].map((image) => image.alt).join(' ') + ' ' + element.innerText).includes(arguments[0])) ?? null;`, name));

  return {
    run,
    heading: () => run("return document.querySelector('h1')?.innerText.replace(/\\s+/g, ' ').trim() ?? ''"),
    text: () => run("return document.body.innerText.replace(/\\s+/g, ' ')"),
    address: () => session('GET', '/url'),
    async press(name) {
      const element = await control(name);
      await session('POST', `/element/${element[ELEMENT]}/click`, {});
    },
    async until(text, seconds = 30) {
      await eventually(`“${text}” on the screen`, async () => (await this.text()).includes(text), seconds);
    },
    async keys(...keys) {
      const actions = keys.flatMap((value) => [{ type: 'keyDown', value }, { type: 'keyUp', value }]);
      await session('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
    /** A key with another one held. */
    async chord(held, value) {
      const actions = [['keyDown', held], ['keyDown', value], ['keyUp', value], ['keyUp', held]].map(([type, key]) => ({ type, value: key }));
      await session('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
    /** By its digit, once she has seen the list. */
    async choose(digit) {
      await new Promise((resolve) => setTimeout(resolve, 600));
      await this.keys(digit);
    },
    async shot(name) {
      // Right after a change the driver still shows the previous frame.
      await session('POST', '/execute/async', { script: 'const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 300)));', args: [] });
      mkdirSync(screenshots, { recursive: true });
      writeFileSync(path.join(screenshots, `${name}.png`), Buffer.from(await session('GET', '/screenshot'), 'base64'));
    },
    close: () => call('DELETE', `/session/${sessionId}`),
  };
}
