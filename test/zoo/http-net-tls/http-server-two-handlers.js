// One plain http server with two routes over the same keep-alive connections: avatars are kept, metrics are counted.
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const avatars = new Map(); // RETAINER name=avatars

function uploadAvatar(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk)); // OWNER
  request.on('end', () => {
    avatars.set(avatars.size, chunks);
    response.end('stored');
  });
}

function receiveMetrics(request, response) {
  let lines = 0;
  request.on('data', (chunk) => {
    lines += chunk.includes(0x0a) ? 1 : 0;
  });
  request.on('end', () => response.end(String(lines)));
}

const routes = { '/avatars': uploadAvatar, '/metrics': receiveMetrics };

const server = http.createServer((request, response) => {
  routes[request.url](request, response);
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = Object.keys(routes);
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 256 * 1024, rounds: 40, connections: 2 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = [...avatars.values()].flat().reduce((sum, chunk) => sum + chunk.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
