// An Express app with two upload routes behind the same middleware and connections; one keeps what it receives.
'use strict';

const express = require('express');
const { startPeer } = require('../peers/peers');

const app = express();
app.locals.recordings = []; // RETAINER name=recordings

app.use((request, _response, next) => {
  request.receivedAt = Date.now();
  setImmediate(next);
});

app.post('/recordings', (request, response) => {
  const recording = { at: request.receivedAt, chunks: [] };
  app.locals.recordings.push(recording);
  request.on('data', (chunk) => recording.chunks.push(chunk)); // OWNER
  request.on('end', () => response.sendStatus(201));
});

app.post('/speech-to-text', (request, response) => {
  let bytes = 0;
  request.on('data', (chunk) => (bytes += chunk.length));
  request.on('end', () => response.json({ words: bytes }));
});

const server = app.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/recordings', '/speech-to-text'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 220_000, rounds: 44, connections: 2 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = app.locals.recordings.flatMap(({ chunks }) => chunks).reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
