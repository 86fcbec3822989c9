// What is shipped: read from ui/dist, built here as the packages build it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { UI } from './browser.js';

const DIST = join(UI, 'dist-fake', 'production');
let files;
before(async () => {
  await promisify(execFile)('npm', ['run', 'build', '--', '--outDir', DIST, '--emptyOutDir'], { cwd: UI });
  const names = (await readdir(DIST, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  files = await Promise.all(names.map(async ({ parentPath, name }) => ({ name, bytes: await readFile(join(parentPath, name)) })));
});
after(() => rm(DIST, { recursive: true, force: true }));
const texts = () => files.filter(({ name }) => /\.(html|js|css)$/.test(name)).map(({ name, bytes }) => ({ name, text: bytes.toString('utf8') }));

test('the fake engine and its invented people are not shipped', () => {
  assert.deepEqual(files.map(({ name }) => name).filter((name) => /fake/.test(name)), []);
  for (const { name, text } of texts()) for (const trace of ['FICTIF', 'breakNextRequest', 'neutral-art', '?fake', 'no such scenario']) assert.ok(!text.includes(trace), `${name} holds ${trace}`);
});

test('nothing inline and nothing from elsewhere: the policy of the shell holds', () => {
  const html = texts().find(({ name }) => name === 'index.html').text;
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)[^>]*>|<style|\bstyle=|\son\w+=/i);
  for (const { name, text } of texts()) {
    assert.doesNotMatch(text, /\beval\(|new Function\(/, name);
    if (!name.endsWith('.js')) assert.doesNotMatch(text, /https?:|data:/, name);
  }
});

test('no address of Pro Santé Connect, no token and no national id can be named by the window', () => {
  for (const { name, text } of texts()) assert.doesNotMatch(text, /esante\.gouv\.fr|access_token|refresh_token|id_token|SubjectNameID|national_id/, name);
});

test('the window stays light: script, style and letters under 250 kB', () => {
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert.ok(total < 250_000, `${total} bytes`);
});

test('the letters come with their licence', () => {
  assert.ok(files.some(({ name }) => /atkinson.*\.woff2$/.test(name)));
  assert.ok(texts().some(({ text }) => text.includes('SIL OPEN FONT LICENSE Version 1.1')));
});
