// How every screen looked when someone last agreed to it, in few bytes: the mean brightness of each square of it. `./dev pictures` agrees to the new looks.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync, inflateRawSync } from 'node:zlib';

const FOLDER = path.join(import.meta.dirname, 'looks');
/** Points of a side of a square: less than a button is high, more than the edge of a letter. */
const SIDE = 20;
/**
 * Of 255, by which a square may differ: letters that another version of the browser smooths otherwise move the mean of a square by one to three, an icon
 * that is gone, a line of text two points further down or a paler button by ten and more.
 */
const TOLERATED = 6;

/** Sets whose looks are kept: both languages, themes and zooms in two. */
export const KEPT = ['fr-light-100', 'en-dark-200'];

/** Mean brightness of each square of a picture, row by row. Decoded in a page without a policy, opened once by the caller. */
async function brightness(blank, picture) {
  const { columns, means } = await blank.evaluate(async ({ base64, side }) => {
    const bytes = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const drawing = new OffscreenCanvas(image.width, image.height).getContext('2d');
    drawing.drawImage(image, 0, 0);
    const { data } = drawing.getImageData(0, 0, image.width, image.height);
    const columns = Math.ceil(image.width / side);
    const sums = new Float64Array(columns * Math.ceil(image.height / side));
    const counts = new Float64Array(sums.length);
    for (let point = 0; point < image.width * image.height; point += 1) {
      const square = Math.floor(Math.floor(point / image.width) / side) * columns + Math.floor((point % image.width) / side);
      sums[square] += 0.2126 * data[point * 4] + 0.7152 * data[point * 4 + 1] + 0.0722 * data[point * 4 + 2];
      counts[square] += 1;
    }
    return { columns, means: [...sums].map((sum, square) => Math.round(sum / counts[square])) };
  }, { base64: picture.toString('base64'), side: SIDE });
  return { columns, means: Buffer.from(means) };
}

/** The looks of one set: each picture is held against the kept one as it is taken; at the end, all of them are there. */
export async function looksOf(set, browser) {
  const file = path.join(FOLDER, `${set}.txt`);
  const isKeeping = process.env.VESTIBULE_PICTURES === 'keep';
  const kept = new Map(lines(file).map((line) => line.split(' ')).map(([name, columns, packed]) => [name, { columns: Number(columns), means: inflateRawSync(Buffer.from(packed, 'base64')) }]));
  const seen = new Map();
  const blank = await browser.newPage();
  return {
    /** What differs, as a line that a person can read; nothing if nothing does. */
    async wrongWith(name, picture) {
      const look = await brightness(blank, picture);
      const former = kept.get(name);
      const where = former === undefined ? 'looks like nothing that was kept' : difference(former, look);
      // What changed only as much as is tolerated stays as it was kept.
      seen.set(name, where === null ? former : look);
      return where === null || isKeeping ? [] : [`${where} (./dev pictures agrees to it)`];
    },
    async end() {
      await blank.close();
      if (isKeeping) {
        mkdirSync(FOLDER, { recursive: true });
        writeFileSync(file, [...seen].map(([name, { columns, means }]) => `${name} ${columns} ${deflateRawSync(means, { level: 9 }).toString('base64')}\n`).sort().join(''));
      } else {
        assert.deepEqual([...kept.keys()].filter((name) => !seen.has(name)), [], 'every kept look is of a screen that there is');
      }
    },
  };
}

function lines(file) {
  try {
    return readFileSync(file, 'utf8').split('\n').filter((line) => line !== '');
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function difference(former, look) {
  if (former.columns !== look.columns || former.means.length !== look.means.length) return 'is of another size';
  const squares = [...look.means.keys()].filter((square) => Math.abs(look.means[square] - former.means[square]) > TOLERATED);
  if (squares.length === 0) return null;
  const across = squares.map((square) => square % look.columns);
  const down = squares.map((square) => Math.floor(square / look.columns));
  const [left, right] = [Math.min(...across), Math.max(...across) + 1].map((column) => column * SIDE);
  const [top, bottom] = [Math.min(...down), Math.max(...down) + 1].map((row) => row * SIDE);
  const most = Math.max(...squares.map((square) => Math.abs(look.means[square] - former.means[square])));
  return `looks otherwise in ${squares.length} squares between ${left},${top} and ${right},${bottom}, by up to ${most} of 255`;
}
