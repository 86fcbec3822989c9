// What a screen reader hears of the real window, and what was copied or selected there.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { program } from './stack.mjs';

/** Listens from now on, as a screen reader does all day. */
export function startReader(stack) {
  const child = spawn(program('screen-reader'), ['vestibule-app'], { env: { ...process.env, DISPLAY: stack.display }, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  return {
    /** Everything below the window, what received the focus since the last time, and both clipboards. */
    async reads() {
      child.stdin.write('\n');
      const [line] = await once(lines, 'line', { signal: AbortSignal.timeout(30_000) });
      return JSON.parse(line);
    },
    async stop() {
      if (child.kill()) await once(child, 'exit');
    },
  };
}
