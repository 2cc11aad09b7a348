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

async function firstEntry(base, id) {
  const feed = { id, reader: null, readBytes: 0 };
  feeds.push(feed);
  for await (const entry of entries(`${base}/feed?bytes=${FEED_BYTES}&head=1000&hold=${id}`, feed)) {
    await release(base, id);
    return entry;
  }
}

async function countEntries(base, id) {
  const response = await fetch(`${base}/feed?bytes=${FEED_BYTES}&head=1000&hold=${id}`);
  const reader = response.body.getReader();
  let count = 0;
  for (; !(await reader.read()).done; count += 1) {
    if (count === 0) await release(base, id);
  }
  return count;
}

/** Lets the server send what comes after the first entry. */
async function release(base, id) {
  const response = await fetch(`${base}/release?hold=${id}`);
  await response.arrayBuffer();
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  for (let round = 0; round < 30; round += 1) {
    const ids = Array.from({ length: 8 }, (_, index) => `${round}-${index}`);
    await Promise.all(ids.flatMap((id) => [firstEntry(base, `a${id}`), countEntries(base, `b${id}`)]));
  }
  await delay(150);
  process.exit();
}

process.on('exit', () => {
  const bytes = feeds.reduce((sum, { readBytes }) => sum + FEED_BYTES - readBytes, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
