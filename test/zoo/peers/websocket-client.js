// Opens one connection to each of `paths` of a WebSocket server and sends `count` binary messages of `bytes` on each,
// in turn. Options: port, paths, bytes, count.
'use strict';

const { WebSocket } = require('ws');
const { options, ready } = require('./peer');

function open(path) {
  const socket = new WebSocket(`ws://127.0.0.1:${options.port}${path}`, { perMessageDeflate: false });
  return new Promise((resolve, reject) => {
    socket.once('open', () => resolve(socket));
    socket.once('error', reject);
  });
}

async function main() {
  ready();
  const sockets = await Promise.all(options.paths.map(open));
  const message = Buffer.alloc(options.bytes, 'frame ');
  for (let sent = 0; sent < options.count; sent += 1) {
    for (const socket of sockets) await new Promise((resolve) => socket.send(message, resolve));
  }
  await Promise.all(
    sockets.map((socket) => {
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.close();
      return closed;
    }),
  );
  process.exit(0);
}

main();
