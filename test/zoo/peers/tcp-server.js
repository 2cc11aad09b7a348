// A line protocol over TCP or TLS: `GET <name> <bytes>\n` is answered by a 4-byte length and that many bytes;
// `STREAM <bytes> <chunk>\n` by raw chunks and the end of the connection. Options: tls.
'use strict';

const net = require('node:net');
const tls = require('node:tls');
const { certificate, options, ready } = require('./peer');

const payload = Buffer.alloc(4 * 1024 * 1024, 'row ');

function answer(socket, line) {
  const [command, ...words] = line.split(' ');
  if (command === 'GET') {
    const bytes = Number(words[1]);
    const header = Buffer.alloc(4);
    header.writeUInt32BE(bytes);
    socket.write(header);
    socket.write(payload.subarray(0, bytes));
  } else if (command === 'STREAM') {
    const [bytes, chunk] = words.map(Number);
    let left = bytes;
    const next = () => {
      if (left <= 0) return socket.end();
      const size = Math.min(left, chunk);
      left -= size;
      if (socket.write(payload.subarray(0, size))) setImmediate(next);
      else socket.once('drain', next);
    };
    next();
  }
}

function serve(socket) {
  let text = '';
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (piece) => {
    text += piece;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      answer(socket, text.slice(0, end));
      text = text.slice(end + 1);
    }
  });
}

const server = options.tls ? tls.createServer(certificate, serve) : net.createServer(serve);
server.listen(0, '127.0.0.1', () => ready({ port: server.address().port }));
