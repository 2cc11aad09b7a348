// Answers every datagram `<bytes>` by one datagram of that many bytes.
'use strict';

const dgram = require('node:dgram');
const { ready } = require('./peer');

const payload = Buffer.alloc(65_000, 'sample ');
const socket = dgram.createSocket('udp4');
socket.on('message', (message, from) => {
  socket.send(payload.subarray(0, Number(message.toString())), from.port, from.address);
});
socket.bind(0, '127.0.0.1', () => ready({ port: socket.address().port }));
