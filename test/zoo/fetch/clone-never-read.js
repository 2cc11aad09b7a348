// A fetch cache that stores response.clone() and lets nobody read it, so that the clone's branch queues the whole body.
'use strict';

const { startPeer } = require('../peers/peers');

const BODY_BYTES = 300_000;
const cache = new Map(); // RETAINER name=cache

async function cachedFetch(url) {
  const response = await fetch(url); // OWNER
  const copy = response.clone(); // OWNER
  cache.set(url, copy);
  return response;
}

async function render(url) {
  const response = await cachedFetch(url);
  return (await response.text()).length;
}

async function prefetch(url) {
  const response = await fetch(url);
  const copy = response.clone();
  const [text, length] = await Promise.all([response.text(), copy.text()]);
  return text.length + length.length;
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  for (let page = 0; page < 36; page += 1) {
    await Promise.all([
      render(`${base}/page/${page}?bytes=${BODY_BYTES}&parts=2`),
      prefetch(`${base}/next/${page}?bytes=${BODY_BYTES}&parts=2`),
    ]);
  }
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: cache.size * BODY_BYTES })));
main();
