// A response cache that means to be an LRU but compares entries, not bytes, so that it never evicts.
'use strict';

const { startPeer } = require('../peers/peers');

const LIMIT_BYTES = 1024 * 1024;
const BODY_BYTES = 150_000;

class LruCache {
  #entries = new Map(); // RETAINER name=entries

  set(key, entry) {
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    while (this.#entries.size > LIMIT_BYTES) {
      this.#entries.delete(this.#entries.keys().next().value);
    }
  }

  get bytes() {
    return [...this.#entries.values()].reduce((sum, { body }) => sum + body.byteLength, 0);
  }
}

const cache = new LruCache();

async function fetchCached(url) {
  const response = await fetch(url); // OWNER
  const body = new DataView(await response.arrayBuffer()); // OWNER
  cache.set(url, { status: response.status, headers: [...response.headers], body });
}

async function fetchFresh(url) {
  const response = await fetch(url, { cache: 'no-store' });
  return new DataView(await response.arrayBuffer()).getUint8(0);
}

async function main() {
  const server = await startPeer('http-server');
  for (let item = 0; item < 64; item += 1) {
    const url = `http://127.0.0.1:${server.port}/item/${item}?bytes=${BODY_BYTES}`;
    await Promise.all([fetchFresh(url), fetchCached(url)]);
  }
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: cache.bytes })));
main();
