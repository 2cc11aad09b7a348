// A ws server with two rooms on one port: the whiteboard keeps all strokes for late joiners, the cursor room nothing.
'use strict';

const http = require('node:http');
const { WebSocketServer } = require('ws');
const { startPeer } = require('../peers/peers');

const strokes = []; // RETAINER name=strokes

function joinWhiteboard(socket) {
  socket.on('message', (stroke) => strokes.push(stroke)); // OWNER
}

function joinCursors(socket) {
  let moves = 0;
  socket.on('message', (move) => {
    moves += move.length;
  });
  socket.on('close', () => moves);
}

const rooms = new WebSocketServer({ noServer: true });
const server = http.createServer();
server.on('upgrade', (request, socket, head) => {
  rooms.handleUpgrade(request, socket, head, (client) => {
    if (request.url === '/whiteboard') joinWhiteboard(client);
    else joinCursors(client);
  });
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/cursors', '/whiteboard'];
  const client = await startPeer('websocket-client', { port, paths, bytes: 100_000, count: 90 });
  await client.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = strokes.reduce((sum, stroke) => sum + stroke.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
