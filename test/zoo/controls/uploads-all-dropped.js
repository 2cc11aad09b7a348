// A server that reads uploads in three ways over keep-alive connections and keeps none of them.
'use strict';

const http = require('node:http');
const { Writable } = require('node:stream');
const { startPeer } = require('../peers/peers');

function listen(request, response) {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => response.end(String(Buffer.concat(chunks).length)));
}

async function iterate(request, response) {
  let bytes = 0;
  for await (const chunk of request) bytes += chunk.length;
  response.end(String(bytes));
}

function pipe(request, response) {
  let bytes = 0;
  const sink = new Writable({
    write(chunk, _encoding, callback) {
      bytes += chunk.length;
      callback();
    },
  });
  request.pipe(sink).on('finish', () => response.end(String(bytes)));
}

const routes = { '/listen': listen, '/iterate': iterate, '/pipe': pipe };
const server = http.createServer((request, response) => routes[request.url](request, response));

server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address();
  const paths = Object.keys(routes);
  const uploader = await startPeer('http-uploader', { port, paths, bytes: 200_000, rounds: 30, connections: 2 });
  await uploader.finished;
  server.close();
});

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: 0 })));
