// Looks at the beginning of large downloads and destroys the response; beginnings of rejected files are not let go.
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const ENOUGH_BYTES = 150_000;

class Scanner {
  rejected = []; // RETAINER name=rejected

  scan(url) {
    return new Promise((resolve) => {
      http.get(url, (response) => { // OWNER
        const head = [];
        let bytes = 0;
        this.rejected.push(head);
        response.on('data', (chunk) => { // OWNER
          head.push(chunk);
          bytes += chunk.length;
          if (bytes > ENOUGH_BYTES) response.destroy();
        });
        response.on('error', () => {});
        response.on('close', resolve);
      });
    });
  }
}

function sniff(url) {
  return new Promise((resolve) => {
    http.get(url, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
        if (bytes > ENOUGH_BYTES) response.destroy();
      });
      response.on('error', () => {});
      response.on('close', resolve);
    });
  });
}

const scanner = new Scanner();

async function main() {
  const server = await startPeer('http-server');
  for (let file = 0; file < 60; file += 1) {
    const url = `http://127.0.0.1:${server.port}/file/${file}?bytes=500000&parts=5`;
    await Promise.all([sniff(url), scanner.scan(url)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = scanner.rejected.flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
