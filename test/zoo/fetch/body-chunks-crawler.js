// A crawler that streams pages through fetch and keeps the chunks of every page it archives; scanned pages are dropped.
'use strict';

const { startPeer } = require('../peers/peers');

const PAGE_BYTES = 256 * 1024;
const archive = new Map(); // RETAINER name=archive

async function archivePage(url) {
  const response = await fetch(url); // OWNER
  const chunks = [];
  for await (const chunk of response.body) { // OWNER
    chunks.push(chunk);
  }
  archive.set(url, { status: response.status, chunks });
}

async function scanPage(url) {
  const response = await fetch(url);
  let links = 0;
  for await (const chunk of response.body) {
    if (chunk.includes(0x61)) links += 1;
  }
  return links;
}

async function crawl() {
  const server = await startPeer('http-server');
  for (let page = 0; page < 40; page += 1) {
    const url = `http://127.0.0.1:${server.port}/page/${page}?bytes=${PAGE_BYTES}&parts=3`;
    await Promise.all([archivePage(url), scanPage(url)]);
  }
  await server.close();
}

process.on('exit', () => {
  const bytes = [...archive.values()].flatMap(({ chunks }) => chunks).reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
crawl();
