// Reads only the first chunk of feeds through a generator that ends early without cancelling its reader;
// the open readers, with the rest of their bodies queued, stay in a list of feeds.
'use strict';

const { setTimeout: delay } = require('node:timers/promises');
const { startPeer } = require('../peers/peers');

const FEED_BYTES = 48 * 1024;
const feeds = []; // RETAINER name=feeds

async function* entries(url, feed) {
  const response = await fetch(url); // OWNER
  const reader = response.body.getReader(); // OWNER
  feed.reader = reader;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    feed.readBytes += value.length;
    yield value.length;
  }
}

async function firstEntry(url) {
  const feed = { url, reader: null, readBytes: 0 };
  feeds.push(feed);
  for await (const entry of entries(url, feed)) {
    return entry;
  }
}

async function countEntries(url) {
  const response = await fetch(url);
  const reader = response.body.getReader();
  let count = 0;
  while (!(await reader.read()).done) count += 1;
  return count;
}

async function main() {
  const server = await startPeer('http-server');
  for (let round = 0; round < 30; round += 1) {
    const url = `http://127.0.0.1:${server.port}/feed/${round}?bytes=${FEED_BYTES}&head=1000`;
    await Promise.all(Array.from({ length: 8 }, () => Promise.all([firstEntry(url), countEntries(url)])));
  }
  await delay(150);
  process.exit();
}

process.on('exit', () => {
  const bytes = feeds.reduce((sum, { readBytes }) => sum + FEED_BYTES - readBytes, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
