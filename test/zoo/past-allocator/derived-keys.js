// Derives long keystreams with a promisified pbkdf2 for each tenant; the key ring keeps those of tenants long gone.
'use strict';

const { pbkdf2 } = require('node:crypto');
const { promisify } = require('node:util');

const KEYSTREAM_BYTES = 64 * 1024;
const derive = promisify(pbkdf2);

class KeyRing {
  keys = new Map(); // RETAINER name=keys

  async addTenant(tenant) {
    const keystream = await derive(tenant, 'salt', 1, KEYSTREAM_BYTES, 'sha1'); // OWNER
    this.keys.set(tenant, keystream);
  }
}

async function selfTest(tenant) {
  const keystream = await derive(tenant, 'test', 1, KEYSTREAM_BYTES, 'sha1');
  return keystream[0];
}

const ring = new KeyRing();

async function main() {
  for (let tenant = 0; tenant < 140; tenant += 1) {
    await Promise.all([ring.addTenant(`tenant-${tenant}`), selfTest(`tenant-${tenant}`)]);
  }
}

process.on('exit', () => {
  const bytes = [...ring.keys.values()].reduce((sum, keystream) => sum + keystream.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
