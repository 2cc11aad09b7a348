// A server of node:http whose connections are upgraded to a protocol of its own: the handler waits for a first piece,
// which says what the connection is for, and hands it on. Captures are kept, probes are not.
'use strict';

const http = require('node:http');
const { startPeer } = require('../peers/peers');

const captures = new Map(); // RETAINER name=captures

function keepCapture(socket) {
  const pieces = [];
  captures.set(captures.size, pieces);
  socket.on('data', (piece) => pieces.push(piece)); // OWNER
}

function measure(socket) {
  let bytes = 0;
  socket.on('data', (piece) => {
    bytes += piece.length;
  });
  socket.on('end', () => socket.end(String(bytes)));
}

const server = http.createServer();

server.on('upgrade', (request, socket) => {
  socket.once('data', (first) => {
    if (first[0] === 1) keepCapture(socket);
    else measure(socket);
    socket.once('end', () => socket.end());
  });
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: frames\r\n\r\n');
});

server.listen(0, '127.0.0.1', async () => {
  const client = await startPeer('upgrading-client', {
    port: server.address().port,
    firsts: [1, 2],
    bytes: 450_000,
    rounds: 20,
  });
  await client.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = [...captures.values()].flat().reduce((sum, piece) => sum + piece.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
