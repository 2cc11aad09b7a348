// Serves `/any/path?bytes=n`: n bytes, whole, or (`parts=k`) in k pieces, or (`head=h&hold=id`) h bytes, and the rest
// once `/release?hold=id` has been asked for; `gzip=1` compressed. POST answers with the number of bytes received.
// Options: protocol 'http' (default), 'https', 'http2'.
'use strict';

const http = require('node:http');
const http2 = require('node:http2');
const https = require('node:https');
const zlib = require('node:zlib');
const { certificate, options, ready } = require('./peer');

const bodies = new Map();

function body(bytes, gzip) {
  const key = `${bytes} ${gzip}`;
  if (!bodies.has(key)) {
    const plain = Buffer.alloc(bytes, 'the quick brown fox jumps over the lazy dog. ');
    bodies.set(key, gzip ? zlib.gzipSync(plain) : plain);
  }
  return bodies.get(key);
}

function writeInParts(response, payload, parts) {
  const size = Math.ceil(payload.length / parts);
  let offset = 0;
  const next = () => {
    if (offset >= payload.length) return response.end();
    const wantsMore = response.write(payload.subarray(offset, offset + size));
    offset += size;
    if (wantsMore) setImmediate(next);
    else response.once('drain', next);
  };
  next();
}

/** Ends of responses that wait until they are released, by the id that their client chose. */
const held = new Map();

function release(id, response) {
  held.get(id)();
  held.delete(id);
  response.end();
}

function handle(request, response) {
  if (request.method === 'POST' || request.method === 'PUT') {
    let received = 0;
    request.on('data', (chunk) => (received += chunk.length));
    request.on('end', () => response.end(String(received)));
    return;
  }
  const query = new URL(request.url, 'http://localhost').searchParams;
  if (request.url.startsWith('/release')) return release(query.get('hold'), response);
  const payload = body(Number(query.get('bytes') ?? 0), query.has('gzip'));
  response.on('error', () => {});
  response.setHeader('content-type', 'application/octet-stream');
  if (query.has('gzip')) response.setHeader('content-encoding', 'gzip');
  const parts = Number(query.get('parts') ?? 1);
  if (parts > 1) return writeInParts(response, payload, parts);
  response.setHeader('content-length', payload.length);
  const head = Number(query.get('head') ?? 0);
  if (head === 0) return response.end(payload);
  response.write(payload.subarray(0, head));
  held.set(query.get('hold'), () => response.end(payload.subarray(head)));
}

const create = {
  http: () => http.createServer({ keepAliveTimeout: 60_000 }, handle),
  https: () => https.createServer({ ...certificate, keepAliveTimeout: 60_000 }, handle),
  http2: () => http2.createSecureServer({ ...certificate, allowHTTP1: true }, handle),
};
const server = create[options.protocol ?? 'http']();
server.listen(0, '127.0.0.1', () => ready({ port: server.address().port }));
