// The first frames of the real window, looked at one by one: nothing bright at whoever works in the dark, and its own surface in the light.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { appProcesses, eventually, program, startStack } from './stack.mjs';

const [LIGHT, DARK] = ['f4f1ec', '191715'];

let stack;
before(async () => { stack = await startStack({ browser: 'recorded' }); });
after(async () => { await stack?.stop(); });

async function watched(theme) {
  const looking = promisify(execFile)(program('screen-frames'), ['30000', LIGHT, DARK], { env: { ...process.env, DISPLAY: stack.display }, maxBuffer: 1 << 24 });
  const app = stack.start(`app-${theme}`, program('vestibule-app'), [], { ...stack.appEnvironment, TAURI_WEBVIEW_AUTOMATION: '', GTK_THEME: theme });
  const { pixels, frames } = JSON.parse((await looking).stdout);
  process.kill(app.pid, 'SIGTERM');
  await eventually('the window is closed', () => appProcesses(stack).length === 0);
  const share = ({ bright, of: [light, dark] }) => ({ bright: bright / pixels, light: light / pixels, dark: dark / pixels });
  assert.ok(frames.length > 20, `${frames.length} looks`);
  return frames.map(share);
}

test('on a dark desktop the window is dark from its first frame on', async () => {
  const frames = await watched('Adwaita:dark');
  const { dark, bright } = frames.at(-1);
  assert.ok(dark > 0.1 && bright > 0, `the page is drawn: ${dark} ${bright}`);
  // Its title bar aside, if the desktop draws one, and its words.
  const most = Math.max(...frames.map((frame) => frame.bright));
  assert.ok(most < 0.05, `a frame was bright: ${most}`);
});

test('on a light desktop the window shows its own surface and no other first', async () => {
  const frames = await watched('Adwaita');
  const settled = frames.at(-1).light;
  assert.ok(settled > 0.1, `the page is drawn: ${settled}`);
  for (const { light, bright } of frames) assert.ok(bright < 0.05 || light > bright / 2, `a frame of another colour: ${light} of ${bright}`);
});
