// A package proxy on http.get that keeps the chunks of every download "until the cache is written".
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const pendingWrites = []; // RETAINER name=pendingWrites

function download(url) {
  return new Promise((resolve, reject) => {
    http
      .get(url, (response) => { // OWNER
        const entry = { url, chunks: [], bytes: 0 };
        pendingWrites.push(entry);
        response.on('data', (chunk) => { // OWNER
          entry.chunks.push(chunk);
          entry.bytes += chunk.length;
        });
        response.on('end', resolve);
      })
      .on('error', reject);
  });
}

function checksum(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, (response) => {
      let sum = 0;
      response.on('data', (chunk) => {
        for (const byte of chunk) sum = (sum + byte) % 65_521;
      });
      response.on('end', () => resolve(sum));
    });
    request.on('error', reject);
  });
}

async function main() {
  const server = await startPeer('http-server');
  for (let item = 0; item < 40; item += 1) {
    const url = `http://127.0.0.1:${server.port}/package/${item}.tgz?bytes=250000`;
    await Promise.all([download(url), checksum(url)]);
  }
  http.globalAgent.destroy();
  await server.close();
}

process.on('exit', () => {
  const bytes = pendingWrites.reduce((sum, entry) => sum + entry.bytes, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
