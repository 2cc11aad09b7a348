// Wraps bodies in Response and Request objects, as a service worker's tests do, and keeps what it read from them.
'use strict';

const BODY_BYTES = 100_000;
const body = new Uint8Array(BODY_BYTES).fill(46);

class RouteCache {
  #bodies = new Map(); // RETAINER name=bodies

  async warm(route) {
    const response = new Response(body, { headers: { 'x-route': route } }); // OWNER
    const bytes = await response.arrayBuffer(); // OWNER
    this.#bodies.set(route, bytes);
  }

  get bytes() {
    return [...this.#bodies.values()].reduce((sum, { byteLength }) => sum + byteLength, 0);
  }
}

async function assertRoute(route) {
  const request = new Request('http://localhost/', { method: 'POST', body, headers: { 'x-route': route } });
  const bytes = await request.arrayBuffer();
  return bytes.byteLength === BODY_BYTES;
}

const cache = new RouteCache();

async function main() {
  for (let route = 0; route < 90; route += 1) {
    await Promise.all([assertRoute(`/route/${route}`), cache.warm(`/route/${route}`)]);
  }
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: cache.bytes })));
main();
