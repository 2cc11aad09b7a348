// Small bodies that the express.raw middleware joins in slabs of Buffer's pool; the webhook route keeps its own.
'use strict';

const express = require('express');
const { startPeer } = require('../peers/peers');

const replays = []; // RETAINER name=replays

function keepWebhook(request, response) {
  replays.push({ id: replays.length, payload: request.body }); // OWNER
  response.sendStatus(204);
}

function verifySignature(request, response) {
  response.json({ valid: request.body.length > 0 });
}

const app = express();
app.post('/webhooks', express.raw({ limit: '1mb' }), keepWebhook);
app.post('/signatures', express.raw({ limit: '1mb' }), verifySignature);

const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/webhooks', '/signatures'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 2500, rounds: 1800, connections: 2 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const slabs = new Set(replays.map(({ payload }) => payload.buffer));
  const bytes = [...slabs].reduce((sum, slab) => sum + slab.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
