// Reads responses with node:stream/consumers; the backup of each document is kept, its checksum is not.
'use strict';

const { once } = require('node:events');
const http = require('node:http');
const { buffer } = require('node:stream/consumers');
const { startPeer } = require('../peers/peers');

const backups = new Map(); // RETAINER name=backups

async function backUp(url) {
  const request = http.get(url); // OWNER
  const [response] = await once(request, 'response');
  const body = await buffer(response); // OWNER
  backups.set(url, body);
}

async function checksum(url) {
  const request = http.get(url);
  const [response] = await once(request, 'response');
  const body = await buffer(response);
  return body.reduce((sum, byte) => (sum + byte) & 0xffff, 0);
}

async function main() {
  const server = await startPeer('http-server');
  for (let document = 0; document < 40; document += 1) {
    const url = `http://127.0.0.1:${server.port}/document/${document}?bytes=230000`;
    await Promise.all([checksum(url), backUp(url)]);
  }
  http.globalAgent.destroy();
  await server.close();
}

process.on('exit', () => {
  const bytes = [...backups.values()].reduce((sum, body) => sum + body.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
