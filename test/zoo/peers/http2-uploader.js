// Uploads bodies to an HTTP/2 server: `rounds` times to each of `paths` in turn, over one session.
// Options: port, paths, bytes, rounds.
'use strict';

const http2 = require('node:http2');
const { options, ready } = require('./peer');

function upload(session, path, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path });
    stream.on('error', reject);
    stream.on('end', resolve);
    stream.resume();
    stream.end(body);
  });
}

async function main() {
  ready();
  const session = http2.connect(`http://127.0.0.1:${options.port}`);
  const body = Buffer.alloc(options.bytes, 'upload ');
  for (let round = 0; round < options.rounds; round += 1) {
    for (const path of options.paths) await upload(session, path, body);
  }
  session.close();
  process.exit(0);
}

main();
