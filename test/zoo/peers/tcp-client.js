// Connects `rounds` times to each of `ports` in turn, sends `bytes` in pieces and waits until the server hangs up.
// Options: ports, bytes, rounds, tls.
'use strict';

const net = require('node:net');
const tls = require('node:tls');
const { options, ready } = require('./peer');

function send(port) {
  return new Promise((resolve, reject) => {
    const where = { port, host: '127.0.0.1', rejectUnauthorized: false };
    const socket = options.tls ? tls.connect(where) : net.connect(where);
    socket.on('error', reject);
    socket.on('close', resolve);
    socket.resume();
    const piece = Buffer.alloc(32 * 1024, 'event ');
    let left = options.bytes;
    const next = () => {
      if (left <= 0) return socket.end();
      const size = Math.min(left, piece.length);
      left -= size;
      if (socket.write(piece.subarray(0, size))) setImmediate(next);
      else socket.once('drain', next);
    };
    next();
  });
}

async function main() {
  ready();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const port of options.ports) await send(port);
  }
  process.exit(0);
}

main();
