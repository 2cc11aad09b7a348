// An HTTP/2 server, one session, two kinds of stream: uploads are kept for a virus scan that is off, logs are counted.
'use strict';

const http2 = require('node:http2');
const { startPeer } = require('../peers/peers');

const quarantine = []; // RETAINER name=quarantine

function receiveUpload(stream) {
  stream.on('data', (block) => quarantine.push(block)); // OWNER
  stream.on('end', () => {
    stream.respond({ ':status': 202 });
    stream.end();
  });
}

function receiveLog(stream) {
  let lines = 0;
  stream.on('data', (block) => {
    lines += block.includes(0x0a) ? 1 : 0;
  });
  stream.on('end', () => {
    stream.respond({ ':status': 200 });
    stream.end(String(lines));
  });
}

const server = http2.createServer();
server.on('stream', (stream, headers) => {
  if (headers[':path'] === '/upload') receiveUpload(stream);
  else receiveLog(stream);
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const uploader = await startPeer('http2-uploader', { port, paths: ['/log', '/upload'], bytes: 240_000, rounds: 40 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = quarantine.reduce((sum, block) => sum + block.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
