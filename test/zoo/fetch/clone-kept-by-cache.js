// Reads a response and stores its clone, as a fetch wrapper with a cache does; nobody ever reads the cache.
'use strict';

const { startPeer } = require('../peers/peers');

const BODY_BYTES = 240_000;
const responses = new Map(); // RETAINER name=responses

async function fetchAndRemember(url) {
  const response = await fetch(url); // OWNER
  responses.set(url, response.clone()); // OWNER
  return Buffer.from(await response.arrayBuffer()).readUInt8(0); // OWNER
}

async function fetchTwice(url) {
  const response = await fetch(url);
  const [first, second] = await Promise.all([response.clone().arrayBuffer(), response.arrayBuffer()]);
  return first.byteLength === second.byteLength;
}

async function main() {
  const server = await startPeer('http-server');
  for (let article = 0; article < 44; article += 1) {
    const url = `http://127.0.0.1:${server.port}/article/${article}?bytes=${BODY_BYTES}`;
    await fetchTwice(url);
    await fetchAndRemember(url);
  }
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: responses.size * BODY_BYTES })));
main();
