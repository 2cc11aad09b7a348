// As much of a Redis server as a client needs to fetch values: `GET <name>:<bytes>` answers that many bytes.
'use strict';

const net = require('node:net');
const { ready } = require('./peer');

const payload = Buffer.alloc(1024 * 1024, 'value ');

function answer(socket, [command, key]) {
  if (command.toUpperCase() !== 'GET') return socket.write('+OK\r\n');
  const bytes = Number(key.split(':').at(-1));
  socket.write(Buffer.concat([Buffer.from(`$${bytes}\r\n`), payload.subarray(0, bytes), Buffer.from('\r\n')]));
}

/** Takes one whole command (`*2\r\n$3\r\nGET\r\n…`) off the front of `text`; null if it is not complete yet. */
function takeCommand(text) {
  const lines = text.split('\r\n');
  const count = Number(lines[0].slice(1));
  if (lines.length < 2 + 2 * count) return null;
  const words = lines.slice(1, 1 + 2 * count).filter((_, index) => index % 2 === 1);
  return { words, rest: lines.slice(1 + 2 * count).join('\r\n') };
}

const server = net.createServer((socket) => {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    text += piece;
    for (let command = takeCommand(text); command; command = takeCommand(text)) {
      text = command.rest;
      answer(socket, command.words);
    }
  });
});
server.listen(0, '127.0.0.1', () => ready({ port: server.address().port }));
