// Two modules share one keep-alive http agent and both keep what they read, three times as much the one as the other.
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const cache = { pages: [], styles: [] }; // RETAINER name=cache

function loadPage(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => { // OWNER name=pages
      response.on('data', (chunk) => cache.pages.push(chunk)); // OWNER name=pages
      response.on('end', resolve);
    });
    request.on('error', reject);
  });
}

function loadStyle(url) {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { agent }, (response) => { // OWNER name=styles
      response.on('data', (chunk) => cache.styles.push(chunk)); // OWNER name=styles
      response.on('end', resolve);
    });
    request.on('error', reject);
  });
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  for (let view = 0; view < 30; view += 1) {
    await Promise.all([
      loadStyle(`${base}/style/${view}?bytes=100000`),
      loadPage(`${base}/page/${view}?bytes=300000`),
    ]);
  }
  agent.destroy();
  await server.close();
}

function bytesOf(chunks) {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

process.on('exit', () => {
  const owners = { pages: bytesOf(cache.pages), styles: bytesOf(cache.styles) };
  console.log(JSON.stringify({ expectedBytes: owners.pages + owners.styles, owners }));
});
main();
