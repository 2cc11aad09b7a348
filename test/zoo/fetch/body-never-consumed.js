// A health monitor that looks at the status of a response and keeps the response, body unread, in its history.
'use strict';

const { setTimeout: delay } = require('node:timers/promises');
const { startPeer } = require('../peers/peers');

const BODY_BYTES = 32 * 1024;

class Monitor {
  history = []; // RETAINER name=history

  async check(url) {
    const response = await fetch(url); // OWNER
    this.history.push({ at: Date.now(), ok: response.ok, response });
  }
}

async function probe(url) {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.ok;
}

const monitor = new Monitor();

async function main() {
  const server = await startPeer('http-server');
  for (let round = 0; round < 60; round += 1) {
    const url = `http://127.0.0.1:${server.port}/health/${round}?bytes=${BODY_BYTES}`;
    await Promise.all([monitor.check(url), probe(url), monitor.check(url), probe(url), monitor.check(url)]);
    await Promise.all([monitor.check(url), probe(url), probe(url), monitor.check(url)]);
  }
  await delay(150);
  process.exit();
}

process.on('exit', () => {
  console.log(JSON.stringify({ expectedBytes: monitor.history.length * BODY_BYTES }));
});
main();
