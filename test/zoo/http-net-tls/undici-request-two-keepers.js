// Two callers of undici.request over one pool both keep joined bodies, three times as much the one as the other.
'use strict';

const { Pool } = require('undici');
const { startPeer } = require('../peers/peers');

const registry = { layers: [], manifests: [] }; // RETAINER name=registry

async function pullLayer(pool, path) {
  const { body } = await pool.request({ path, method: 'GET' }); // OWNER name=layers
  registry.layers.push(await body.arrayBuffer()); // OWNER name=layers
}

async function pullManifest(pool, path) {
  const { body } = await pool.request({ path, method: 'GET' }); // OWNER name=manifests
  registry.manifests.push(await body.arrayBuffer()); // OWNER name=manifests
}

/** undici makes its parser with the first connection. */
async function warmUp(pool) {
  const { body } = await pool.request({ path: '/ping?bytes=10', method: 'GET' });
  await body.dump();
}

async function main() {
  const server = await startPeer('http-server');
  const pool = new Pool(`http://127.0.0.1:${server.port}`, { connections: 2 });
  await warmUp(pool);
  for (let image = 0; image < 30; image += 1) {
    await Promise.all([
      pullManifest(pool, `/manifest/${image}?bytes=100000`),
      pullLayer(pool, `/layer/${image}?bytes=300000`),
    ]);
  }
  await pool.close();
  await server.close();
}

function bytesOf(bodies) {
  return bodies.reduce((sum, body) => sum + body.byteLength, 0);
}

process.on('exit', () => {
  const owners = { layers: bytesOf(registry.layers), manifests: bytesOf(registry.manifests) };
  console.log(JSON.stringify({ expectedBytes: owners.layers + owners.manifests, owners }));
});
main();
