// A server of node:http that turns the bodies of its requests into web streams and reads those; one handler keeps the
// chunks.
'use strict';

const http = require('node:http');
const { Readable } = require('node:stream');
const { startPeer } = require('../peers/peers');

const frames = []; // RETAINER name=frames

async function keepFrames(request, response) {
  for await (const frame of Readable.toWeb(request)) frames.push(frame); // OWNER
  response.end();
}

async function countFrames(request, response) {
  let count = 0;
  for await (const frame of Readable.toWeb(request)) count += frame.length > 0 ? 1 : 0;
  response.end(String(count));
}

const server = http.createServer((request, response) => {
  const handle = request.url === '/frames' ? keepFrames : countFrames;
  handle(request, response);
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/frames', '/counts'];
  const options = { port, paths, bytes: 250_000, rounds: 40, connections: 2, parts: 4 };
  const uploader = await startPeer('http-uploader', options);
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
