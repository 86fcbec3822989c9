// What is shipped: read from ui/dist, built here as the packages build it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { UI } from './browser.js';

const CATALOGUE = JSON.parse(await readFile(join(UI, 'src/generated/errors.json'), 'utf8'));
const DIST = join(UI, 'dist-fake', 'production');
let files;
before(async () => {
  await promisify(execFile)('npm', ['run', 'build', '--', '--outDir', DIST, '--emptyOutDir'], { cwd: UI });
  const names = (await readdir(DIST, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  files = await Promise.all(names.map(async ({ parentPath, name }) => ({ name, bytes: await readFile(join(parentPath, name)) })));
});
after(() => rm(DIST, { recursive: true, force: true }));
const texts = () => files.filter(({ name }) => /\.(html|js|css)$/.test(name)).map(({ name, bytes }) => ({ name, text: bytes.toString('utf8') }));

test('the fake engine and its invented people are not shipped', async () => {
  assert.deepEqual(files.map(({ name }) => name).filter((name) => /fake/.test(name)), []);
  // The build that the other tests look at has each of them: they are still what to look for.
  const scripts = (await readdir(join(UI, 'dist-fake'), { recursive: true })).filter((name) => name.endsWith('.js') && !name.startsWith('production'));
  const fake = (await Promise.all(scripts.map((name) => readFile(join(UI, 'dist-fake', name), 'utf8')))).join('\n');
  for (const trace of ['FICTIF', 'breakNextRequest', 'neutral-art', '.get("fake")', 'no such scenario', CATALOGUE['2041'][1], CATALOGUE['2041'][4]]) {
    assert.ok(fake.replaceAll(/[`']/g, '"').includes(trace), `the fake build holds ${trace}`);
    for (const { name, text } of texts()) assert.ok(!text.replaceAll(/[`']/g, '"').includes(trace), `${name} holds ${trace}`);
  }
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
  assert.ok(texts().some(({ text }) => text.includes('Pro\u00a0Santé\u00a0Connect')), 'the words of the window are among what is searched');
  for (const { name, text } of texts()) assert.doesNotMatch(text, /esante\.gouv\.fr|access_token|refresh_token|id_token|SubjectNameID|national_id/, name);
});

test('the window stays light: script, style and letters under 258 kB', () => {
  const total = files.reduce((sum, { bytes }) => sum + bytes.length, 0);
  assert.ok(total < 258_000, `${total} bytes`);
});

/** What a tool that “optimises” would change: comments, spaces, metadata, an unused name. */
const KIT = {
  'button.svg': Buffer.from('<?xml version="1.0"?>\n<!-- kit -->\n<svg  xmlns="http://www.w3.org/2000/svg" width="10" height="10" >\n  <metadata>kit</metadata>\n  <g id="unused"></g><rect width="10.000" height="10" fill="#FF0000"/>\n</svg>\n\n'),
  // The smallest picture, with a remark after its end.
  'button-hover.png': Buffer.concat([
    Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==', 'base64'),
    Buffer.from('kit'),
  ]),
};

test('exi_29 exi_30 a build ships the files of the kit byte for byte, and shows those', async () => {
  // A copy of the sources: whatever kit this machine has stays where it is.
  const folder = await mkdtemp(join(tmpdir(), 'vestibule-kit.'));
  try {
    await cp(UI, join(folder, 'ui'), { recursive: true, filter: (path) => !/[\\/](node_modules|dist|dist-fake)$/.test(path) });
    await symlink(join(UI, 'node_modules'), join(folder, 'ui/node_modules'));
    await mkdir(join(folder, 'packaging/psc-charte'), { recursive: true });
    for (const [name, bytes] of Object.entries(KIT)) await writeFile(join(folder, 'packaging/psc-charte', name), bytes);
    await promisify(execFile)('npm', ['run', 'build'], { cwd: join(folder, 'ui'), env: { ...process.env, VESTIBULE_RELEASE: '1' } });
    const names = (await readdir(join(folder, 'ui/dist'), { recursive: true })).filter((name) => /\.(svg|png|js)$/.test(name));
    const built = await Promise.all(names.map(async (name) => ({ name, bytes: await readFile(join(folder, 'ui/dist', name)) })));
    const script = built.filter(({ name }) => name.endsWith('.js')).map(({ bytes }) => bytes.toString('utf8')).join('\n');
    for (const [name, bytes] of Object.entries(KIT)) {
      const same = built.filter((file) => file.bytes.equals(bytes));
      assert.equal(same.length, 1, `${name} is among ${names.join(', ')}, unchanged`);
      assert.ok(script.includes(basename(same[0].name)), `and ${same[0].name} is what the window shows`);
    }
    assert.equal(names.filter((name) => /\.(svg|png)$/.test(name)).length, 2, 'no other picture');
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the letters and what others wrote come with their licences', () => {
  assert.ok(files.some(({ name }) => /atkinson.*\.woff2$/.test(name)));
  const all = texts().map(({ text }) => text).join('\n');
  assert.ok(all.includes('SIL OPEN FONT LICENSE Version 1.1'));
  for (const notice of ['Copyright (c) 2016-2025 [Svelte Contributors]', 'Copyright (c) 2017 - Present Tauri Apps Contributors']) assert.ok(all.includes(notice), notice);
  assert.equal(all.split('to any person obtaining a copy of this software').length, 2, 'the text that both are under, once');
});
