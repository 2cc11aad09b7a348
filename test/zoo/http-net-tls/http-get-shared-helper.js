// One helper makes every request; whoever it calls back subscribes to the response in that very turn, so that the first
// bytes come in together with the headers, before there is a reader.
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const PAGE_BYTES = 200_000;
const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
const pages = new Map(); // RETAINER name=pages

function request(url, onResponse) {
  http.get(url, { agent }, onResponse);
}

function download(url) {
  return new Promise((resolve) => {
    request(url, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)); // OWNER
      response.on('end', () => {
        pages.set(url, chunks);
        resolve();
      });
    });
  });
}

function measure(url) {
  return new Promise((resolve) => {
    request(url, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve(bytes));
    });
  });
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  for (let page = 0; page < 45; page += 1) {
    await Promise.all([
      download(`${base}/page/${page}?bytes=${PAGE_BYTES}`),
      measure(`${base}/size/${page}?bytes=${PAGE_BYTES}`),
    ]);
  }
  agent.destroy();
  await server.close();
}

process.on('exit', () => {
  const bytes = [...pages.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
