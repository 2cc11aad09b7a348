// Fastify with an asynchronous parser of bodies and hooks around it, for every route; the route for scans keeps the
// buffer that it is handed.
'use strict';

const fastify = require('fastify');
const { startPeer } = require('../peers/peers');

const app = fastify();
const pause = () => new Promise((resolve) => setImmediate(resolve));

app.addHook('onRequest', async () => pause());
app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, async (_request, body) => body);
app.addHook('preHandler', async () => pause());

const scans = new Map(); // RETAINER name=scans

async function keepScan(request) {
  scans.set(request.id, request.body); // OWNER
  return { kept: true };
}

async function measureScan(request) {
  return { bytes: request.body.length };
}

app.post('/scans', keepScan);
app.post('/measures', measureScan);

app.listen({ port: 0, host: '127.0.0.1' }, async (error, address) => {
  if (error) throw error;
  const { port } = new URL(address);
  const paths = ['/scans', '/measures'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 200_000, rounds: 48, connections: 2 });
  await uploader.finished;
  await app.close();
});

process.on('exit', () => {
  const bytes = [...scans.values()].reduce((sum, scan) => sum + scan.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
