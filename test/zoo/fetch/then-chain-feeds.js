// A feed reader in the style before async functions: promise chains that end in an array of raw feeds.
'use strict';

const { startPeer } = require('../peers/peers');

const FEED_BYTES = 130_000;
const rawFeeds = []; // RETAINER name=rawFeeds

function subscribe(url) {
  return fetch(url) // OWNER
    .then((response) => response.arrayBuffer()) // OWNER
    .then((body) => {
      rawFeeds.push(Buffer.from(body));
    });
}

function peek(url) {
  return fetch(url)
    .then((response) => response.arrayBuffer())
    .then((body) => Buffer.from(body).toString('latin1', 0, 16));
}

function pollAll(base, round) {
  const feeds = Array.from({ length: 5 }, (_, feed) => `${base}/feed/${feed}/${round}?bytes=${FEED_BYTES}`);
  return Promise.all(feeds.flatMap((url) => [peek(url), subscribe(url)]));
}

startPeer('http-server').then((server) => {
  const base = `http://127.0.0.1:${server.port}`;
  const poll = (round) => (round < 14 ? pollAll(base, round).then(() => poll(round + 1)) : server.close());
  return poll(0);
});

process.on('exit', () => {
  const bytes = rawFeeds.reduce((sum, feed) => sum + feed.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
