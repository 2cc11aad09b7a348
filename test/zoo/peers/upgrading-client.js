// Connects `rounds` times for each of `firsts` in turn, upgrades the connection, sends that number as a first byte, and
// when the server must have read it, `bytes` more; then waits until the server hangs up.
// Options: port, firsts, bytes, rounds.
'use strict';

const http = require('node:http');
const { options, ready } = require('./peer');

const pauseMs = 5;

function send(first) {
  return new Promise((resolve, reject) => {
    const call = http.get({
      port: options.port,
      host: '127.0.0.1',
      headers: { connection: 'Upgrade', upgrade: 'frames' },
    });
    call.on('error', reject);
    call.on('upgrade', (_response, socket) => {
      socket.on('error', reject);
      socket.on('close', resolve);
      socket.resume();
      socket.write(Buffer.of(first));
      setTimeout(() => socket.end(Buffer.alloc(options.bytes, first)), pauseMs);
    });
  });
}

async function main() {
  ready();
  for (let round = 0; round < options.rounds; round += 1) {
    for (const first of options.firsts) await send(first);
  }
  process.exit(0);
}

main();
