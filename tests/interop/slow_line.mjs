// A slow line: what is sent arrives late and in pieces, as over a mobile network. Never lost, never out of order.

import net from 'node:net';
import { once } from 'node:events';

/** On a port of its own; each way takes `latencyMs` and no piece is longer than `piece` bytes. `leadTo` says where to, before anyone comes. */
export async function slowLine({ latencyMs = 80, piece = 500 } = {}) {
  const open = new Set();
  let port;
  const server = net.createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
    const far = net.connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    for (const [from, to] of [[near, far], [far, near]]) {
      open.add(from);
      from.on('close', () => { open.delete(from); if (from.errored) to.destroy(); });
      from.on('error', () => {}); // Told to the other end by `close`.
      carry(from, to, latencyMs, piece);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    for (const socket of open) socket.destroy();
    await once(server, 'close');
  };
  const leadTo = (address) => { port = Number(address.split(':')[1]); };
  return { url: `http://127.0.0.1:${server.address().port}`, leadTo, stop };
}

// Pieces leave one after the other, each at its own moment: the head of a request never travels with its body.
function carry(from, to, latencyMs, piece) {
  const waiting = [];
  let last = 0;
  const next = () => setTimeout(() => {
    const { act } = waiting.shift();
    if (!to.destroyed) act();
    if (waiting.length > 0) next();
  }, Math.max(0, waiting[0].at - performance.now()));
  const later = (act) => {
    last = Math.max(last + 2, performance.now() + latencyMs);
    if (waiting.push({ at: last, act }) === 1) next();
  };
  from.on('data', (bytes) => {
    for (const part of parts(bytes, piece)) later(() => to.write(part));
  });
  from.on('end', () => later(() => to.end()));
}

function* parts(bytes, piece) {
  const head = bytes.indexOf('\r\n\r\n');
  const cuts = head < 0 ? [bytes] : [bytes.subarray(0, head + 4), bytes.subarray(head + 4)];
  for (const cut of cuts) {
    for (let start = 0; start < cut.length; start += piece) yield cut.subarray(start, start + piece);
  }
}
