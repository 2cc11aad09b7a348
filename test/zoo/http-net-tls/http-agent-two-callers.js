// Two modules share one keep-alive http agent, so that either may read from a socket which the other opened.
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const agent = new http.Agent({ keepAlive: true, maxSockets: 2 });
const timeline = { posts: [] }; // RETAINER name=posts

function loadPost(url) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent }, (response) => { // OWNER
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)); // OWNER
      response.on('end', () => {
        timeline.posts.push(chunks);
        resolve();
      });
    });
    request.on('error', reject);
    request.end();
  });
}

function loadAdvert(url) {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { agent }, (response) => {
      let bytes = 0;
      response.on('data', (chunk) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve(bytes));
    });
    request.on('error', reject);
    request.end();
  });
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  await loadAdvert(`${base}/first?bytes=1000`);
  for (let round = 0; round < 20; round += 1) {
    await Promise.all([
      loadPost(`${base}/post/${round}?bytes=150000`),
      loadAdvert(`${base}/advert/${round}?bytes=150000`),
      loadAdvert(`${base}/banner/${round}?bytes=150000`),
      loadPost(`${base}/reply/${round}?bytes=150000`),
      loadPost(`${base}/repost/${round}?bytes=150000`),
      loadAdvert(`${base}/tracker/${round}?bytes=150000`),
    ]);
  }
  agent.destroy();
  await server.close();
}

process.on('exit', () => {
  const bytes = timeline.posts.flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
