// Two handlers behind one server both keep request bodies, three times as much the one as the other.
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const inbox = { scans: [], notes: [] }; // RETAINER name=inbox

function receiveScan(request, response) {
  request.on('data', (chunk) => inbox.scans.push(chunk)); // OWNER name=scans
  request.on('end', () => response.end('scan'));
}

async function receiveNote(request, response) {
  for await (const chunk of request) { // OWNER name=notes
    inbox.notes.push(chunk);
  }
  response.end('note');
}

const server = http.createServer((request, response) => {
  if (request.url.startsWith('/scan')) receiveScan(request, response);
  else receiveNote(request, response);
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/scan/1', '/note', '/scan/2', '/scan/3'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 100_000, rounds: 26, connections: 2 });
  await uploader.finished;
  server.close();
});

function bytesOf(chunks) {
  return chunks.reduce((sum, chunk) => sum + chunk.length, 0);
}

process.on('exit', () => {
  const owners = { scans: bytesOf(inbox.scans), notes: bytesOf(inbox.notes) };
  console.log(JSON.stringify({ expectedBytes: owners.scans + owners.notes, owners }));
});
