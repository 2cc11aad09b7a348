// A crawler thread fetches pages and keeps them for a deduplication that comes later; its robots.txt reads are dropped.
'use strict';

const { Worker, isMainThread, parentPort, workerData } = require('node:worker_threads');
const { startPeer } = require('../peers/peers');

async function crawl(base) {
  const pages = []; // RETAINER name=pages

  async function visit(url) {
    const response = await fetch(url); // OWNER
    const chunks = [];
    for await (const chunk of response.body) { // OWNER
      chunks.push(chunk);
    }
    pages.push(chunks);
  }

  async function readRobots(url) {
    const response = await fetch(url);
    let bytes = 0;
    for await (const chunk of response.body) bytes += chunk.length;
    return bytes;
  }

  for (let site = 0; site < 40; site += 1) {
    await Promise.all([
      readRobots(`${base}/robots/${site}?bytes=220000`),
      visit(`${base}/site/${site}?bytes=220000`),
    ]);
  }
  parentPort.on('message', () => parentPort.postMessage(pages.length));
  parentPort.postMessage(pages.flat().reduce((sum, chunk) => sum + chunk.length, 0));
}

async function main() {
  const server = await startPeer('http-server');
  let kept = 0;
  process.on('exit', () => console.log(JSON.stringify({ expectedBytes: kept })));
  const crawler = new Worker(__filename, { workerData: `http://127.0.0.1:${server.port}` });
  crawler.on('message', (bytes) => {
    kept = bytes;
    process.exit();
  });
}

if (isMainThread) main();
else crawl(workerData);
