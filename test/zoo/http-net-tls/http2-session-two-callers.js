// Two callers take turns on one HTTP/2 session: the sync client keeps the blocks of its files, the checker only looks at them.
'use strict';

const { once } = require('node:events');
const http2 = require('node:http2');
const { ca, startPeer } = require('../peers/peers');

const synced = new Map(); // RETAINER name=synced

async function syncFile(session, path) {
  const stream = session.request({ ':path': path }); // OWNER
  const blocks = [];
  stream.on('data', (block) => blocks.push(block)); // OWNER
  await once(stream, 'end');
  synced.set(path, blocks);
}

async function checkFile(session, path) {
  const stream = session.request({ ':path': path });
  let bytes = 0;
  stream.on('data', (block) => {
    bytes += block.length;
  });
  await once(stream, 'end');
  return bytes;
}

async function main() {
  const server = await startPeer('http-server', { protocol: 'http2' });
  const session = http2.connect(`https://localhost:${server.port}`, { ca, lookup: toLoopback });
  for (let file = 0; file < 40; file += 1) {
    await syncFile(session, `/file/${file}?bytes=240000`);
    await checkFile(session, `/checked/${file}?bytes=240000`);
  }
  session.close();
  await once(session, 'close');
  await server.close();
}

function toLoopback(_host, options, callback) {
  if (options.all) callback(null, [{ address: '127.0.0.1', family: 4 }]);
  else callback(null, '127.0.0.1', 4);
}

process.on('exit', () => {
  const bytes = [...synced.values()].flat().reduce((sum, block) => sum + block.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
