// A Fastify service that takes bodies as streams; the ingest handler keeps its batches, the lint handler does not.
'use strict';

const fastify = require('fastify');
const { startPeer } = require('../peers/peers');

const app = fastify({ bodyLimit: 10_000_000 });
app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));

const batches = new Map(); // RETAINER name=batches

app.post('/ingest', async (request) => {
  const chunks = [];
  for await (const chunk of request.body) { // OWNER
    chunks.push(chunk);
  }
  batches.set(request.id, chunks);
  return { stored: chunks.length };
});

app.post('/lint', async (request) => {
  let problems = 0;
  for await (const chunk of request.body) problems += chunk.length % 2;
  return { problems };
});

async function main() {
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address();
  const paths = ['/ingest', '/lint'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 240_000, rounds: 40, connections: 2 });
  await uploader.finished;
  await app.close();
}

process.on('exit', () => {
  const bytes = [...batches.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
