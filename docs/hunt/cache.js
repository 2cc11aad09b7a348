// The prey of docs/hunt.md: a client that fetches things for some seconds, half of them through a cache which means to
// be an LRU of a megabyte. The server is in a worker thread.
'use strict';

const { setTimeout: pause } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');

const LIMIT_BYTES = 1_000_000;
const ITEMS = 40;
const PAUSE_MS = 100;

class LruCache {
  entries = new Map();

  set(key, body) {
    this.entries.delete(key);
    this.entries.set(key, body);
    while (this.entries.size > LIMIT_BYTES) {
      this.entries.delete(this.entries.keys().next().value);
    }
  }
}

const cache = new LruCache();

async function fetchCached(url) {
  const response = await fetch(url);
  cache.set(url, await response.arrayBuffer());
}

async function fetchFresh(url) {
  const response = await fetch(url, { cache: 'no-store' });
  return (await response.arrayBuffer()).byteLength;
}

async function main() {
  const server = new Worker(
    `const { createServer } = require('node:http');
    const { parentPort } = require('node:worker_threads');
    const server = createServer((request, response) => response.end(Buffer.alloc(150_000)));
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true },
  );
  const port = await new Promise((resolve) => server.once('message', resolve));
  for (let item = 0; item < ITEMS; item += 1) {
    const url = `http://127.0.0.1:${port}/item/${item}`;
    await Promise.all([fetchFresh(url), fetchCached(url)]);
    await pause(PAUSE_MS);
  }
  await server.terminate();
}

process.on('exit', () => console.log(`${cache.entries.size} things in the cache`));
main();
