// Uploads bodies to a server: `rounds` times to each of `paths` in turn, over `connections` keep-alive connections
// that each serve every path; `parts` pieces a body. Options: port, paths, bytes, rounds, connections, parts, tls.
'use strict';

const http = require('node:http');
const https = require('node:https');
const { options, ready } = require('./peer');

const { port, paths, bytes, rounds, connections = 1, parts = 1, tls = false } = options;
const { Agent, request } = tls ? https : http;

function upload(agent, path) {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        agent,
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        rejectUnauthorized: false,
        headers: { 'content-type': 'application/octet-stream', 'content-length': bytes },
      },
      (response) => response.resume().on('end', resolve).on('error', reject),
    );
    call.on('error', reject);
    const part = Buffer.alloc(Math.ceil(bytes / parts), path);
    let left = bytes;
    const next = () => {
      if (left <= 0) return call.end();
      const piece = part.subarray(0, Math.min(part.length, left));
      left -= piece.length;
      if (parts === 1) return call.end(piece);
      call.write(piece);
      setTimeout(next, 1);
    };
    next();
  });
}

async function runConnection(index) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  for (let round = index; round < rounds; round += connections) {
    for (const path of paths) await upload(agent, path);
  }
  agent.destroy();
}

async function main() {
  ready();
  await Promise.all(Array.from({ length: connections }, (_, index) => runConnection(index)));
  process.exit(0);
}

main();
