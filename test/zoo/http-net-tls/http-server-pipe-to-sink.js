// A server that pipes request bodies: backups into a writable that keeps them in memory, health reports into nothing.
'use strict';

const http = require('node:http');
const { Writable } = require('node:stream');
const { startPeer } = require('../peers/peers');

class MemoryFile extends Writable {
  blocks = [];

  _write(chunk, _encoding, callback) {
    this.blocks.push(chunk);
    callback();
  }
}

class NullFile extends Writable {
  _write(_chunk, _encoding, callback) {
    callback();
  }
}

const backups = { files: [] }; // RETAINER name=files

function receiveBackup(request, response) {
  const file = new MemoryFile();
  backups.files.push(file);
  request.pipe(file); // OWNER
  file.on('finish', () => response.end('stored'));
}

function receiveReport(request, response) {
  const file = new NullFile();
  request.pipe(file);
  file.on('finish', () => response.end('thanks'));
}

const server = http.createServer();
server.on('request', (request, response) => {
  if (request.url.startsWith('/backup')) receiveBackup(request, response);
  else receiveReport(request, response);
});

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = ['/backup', '/report'];
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 300_000, rounds: 32, connections: 2, parts: 6 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => {
  const bytes = backups.files.flatMap(({ blocks }) => blocks).reduce((sum, block) => sum + block.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
