// Sends, to each client of `/any?bytes=n&count=k`, k binary messages of n bytes, then closes.
'use strict';

const { WebSocketServer } = require('ws');
const { options, ready } = require('./peer');

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: options.deflate ?? false });
server.on('listening', () => ready({ port: server.address().port }));
server.on('connection', (socket, request) => {
  const query = new URL(request.url, 'ws://localhost').searchParams;
  const message = Buffer.alloc(Number(query.get('bytes')), 'tick ');
  let left = Number(query.get('count'));
  const next = () => {
    if (left === 0) return socket.close();
    left -= 1;
    socket.send(message, () => setImmediate(next));
  };
  next();
});
