// One helper of the program's makes every request of a pool; the bodies are iterated by others, one of whom keeps them.
'use strict';

const { Pool } = require('undici');
const { startPeer } = require('../peers/peers');

const OBJECT_BYTES = 200_000;

class Store {
  #objects = new Map(); // RETAINER name=objects

  constructor(pool) {
    this.pool = pool;
  }

  get(path) {
    return this.pool.request({ path, method: 'GET' });
  }

  async load(path) {
    const { body } = await this.get(path);
    const chunks = [];
    this.#objects.set(path, chunks);
    for await (const chunk of body) chunks.push(chunk); // OWNER
  }

  async sizeOf(path) {
    const { body } = await this.get(path);
    let bytes = 0;
    for await (const chunk of body) bytes += chunk.length;
    return bytes;
  }

  get bytes() {
    return [...this.#objects.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

let store;

async function main() {
  const server = await startPeer('http-server');
  const pool = new Pool(`http://127.0.0.1:${server.port}`, { connections: 2 });
  store = new Store(pool);
  for (let round = 0; round < 45; round += 1) {
    const query = `bytes=${OBJECT_BYTES}`;
    await Promise.all([store.sizeOf(`/size/${round}?${query}`), store.load(`/object/${round}?${query}`)]);
  }
  await pool.close();
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: store.bytes })));
main();
