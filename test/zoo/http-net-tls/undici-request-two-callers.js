// undici.request by two callers over one keep-alive pool; bodies are joined by undici in whoever's context the read runs.
'use strict';

const { Pool } = require('undici');
const { startPeer } = require('../peers/peers');

const OBJECT_BYTES = 200_000;

class ObjectCache {
  objects = new Map(); // RETAINER name=objects

  async load(pool, path) {
    const { body } = await pool.request({ path, method: 'GET' }); // OWNER
    const object = await body.arrayBuffer(); // OWNER
    this.objects.set(path, object);
  }

  get bytes() {
    return [...this.objects.values()].reduce((sum, object) => sum + object.byteLength, 0);
  }
}

async function objectSize(pool, path) {
  const { body } = await pool.request({ path, method: 'GET' });
  return (await body.arrayBuffer()).byteLength;
}

const cache = new ObjectCache();

async function main() {
  const server = await startPeer('http-server');
  const pool = new Pool(`http://127.0.0.1:${server.port}`, { connections: 2 });
  for (let round = 0; round < 24; round += 1) {
    const query = `bytes=${OBJECT_BYTES}`;
    await Promise.all([
      objectSize(pool, `/size/${round}/a?${query}`),
      cache.load(pool, `/object/${round}/a?${query}`),
      cache.load(pool, `/object/${round}/b?${query}`),
      objectSize(pool, `/size/${round}/b?${query}`),
    ]);
  }
  await pool.close();
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: cache.bytes })));
main();
