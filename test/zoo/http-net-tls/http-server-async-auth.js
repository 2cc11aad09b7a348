// A server whose handlers look up the session before they read the body, so that the first bytes wait in the request.
'use strict';

const http = require('node:http');
const { setTimeout: delay } = require('node:timers/promises');
const { startPeer } = require('../peers/peers');

class DraftStore {
  drafts = []; // RETAINER name=drafts

  get bytes() {
    return this.drafts.flat().reduce((sum, chunk) => sum + chunk.length, 0);
  }
}

const store = new DraftStore();

async function findSession() {
  await delay(1);
  return { user: 'alice' };
}

async function saveDraft(request) {
  await findSession(request.headers.cookie);
  const chunks = [];
  for await (const chunk of request) { // OWNER
    chunks.push(chunk);
  }
  store.drafts.push(chunks);
}

async function countWords(request) {
  await findSession(request.headers.cookie);
  let words = 0;
  for await (const chunk of request) words += chunk.length / 6;
  return words;
}

const server = http.createServer(async (request, response) => {
  if (request.url === '/drafts') await saveDraft(request);
  else await countWords(request);
  response.end('ok');
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/words', '/drafts'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 200_000, rounds: 50, connections: 3 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: store.bytes })));
