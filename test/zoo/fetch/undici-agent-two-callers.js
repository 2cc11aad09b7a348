// Two services share one keep-alive agent of the undici package with a single connection; only the mirror keeps bodies.
'use strict';

const { Agent, fetch } = require('undici');
const { startPeer } = require('../peers/peers');

const PACKAGE_BYTES = 250_000;
const dispatcher = new Agent({ connections: 1, keepAliveTimeout: 30_000 });

const mirror = { packages: new Map() }; // RETAINER name=packages

async function mirrorPackage(url) {
  const response = await fetch(url, { dispatcher }); // OWNER
  const tarball = await response.arrayBuffer(); // OWNER
  mirror.packages.set(url, tarball);
}

async function auditPackage(url) {
  const response = await fetch(url, { dispatcher });
  const tarball = await response.arrayBuffer();
  return tarball.byteLength;
}

async function main() {
  const server = await startPeer('http-server');
  const base = `http://127.0.0.1:${server.port}`;
  for (let index = 0; index < 40; index += 1) {
    await Promise.all([
      auditPackage(`${base}/audit/${index}?bytes=${PACKAGE_BYTES}`),
      mirrorPackage(`${base}/mirror/${index}?bytes=${PACKAGE_BYTES}`),
    ]);
  }
  await dispatcher.close();
  await server.close();
}

process.on('exit', () => {
  const bytes = [...mirror.packages.values()].reduce((sum, tarball) => sum + tarball.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
