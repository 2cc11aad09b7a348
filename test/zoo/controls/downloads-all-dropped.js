// Downloads through fetch, http and undici at once; each function lets go of what it read.
'use strict';

const http = require('node:http');
const { request } = require('undici');
const { startPeer } = require('../peers/peers');

async function withFetch(url) {
  const response = await fetch(url);
  return (await response.arrayBuffer()).byteLength;
}

async function withUndici(url) {
  const { body } = await request(url);
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return bytes;
}

function withHttp(url) {
  return new Promise((resolve, reject) => {
    http
      .get(url, (response) => {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).length));
      })
      .on('error', reject);
  });
}

async function main() {
  const server = await startPeer('http-server');
  const url = `http://127.0.0.1:${server.port}/file?bytes=200000`;
  let bytes = 0;
  for (let round = 0; round < 30; round += 1) {
    for (const got of await Promise.all([withFetch(url), withUndici(url), withHttp(url)])) bytes += got;
  }
  process.on('exit', () => {
    if (bytes !== 30 * 3 * 200_000) throw new Error('a download is incomplete');
    console.log(JSON.stringify({ expectedBytes: 0 }));
  });
  await server.close();
  process.exit();
}

main();
