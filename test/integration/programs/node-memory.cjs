// Each way in which Node's own code brings memory along past the allocator, asked for by a function of its own.
const buffer = require('node:buffer');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { promisify } = require('node:util');
const v8 = require('node:v8');
const { abtrace, report } = require('./lib/tracer.cjs');

const SIZE = 300_000;
const { subtle } = crypto.webcrypto;
const bytes = Buffer.alloc(SIZE, 3);
const key = Buffer.alloc(32, 1);
const counter = { name: 'AES-CTR', counter: Buffer.alloc(16), length: 64 };
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'abtrace-'));
const file = path.join(folder, 'bytes');
const argon2 = {
  message: 'password',
  nonce: Buffer.alloc(16),
  parallelism: 1,
  tagLength: SIZE,
  memory: 8,
  passes: 1,
};
const imported = (name, usages, data = key) => subtle.importKey('raw', data, name, true, usages);
const hmac = { name: 'HMAC', hash: 'SHA-256' };

const ways = {
  async serialize() {
    return v8.serialize(bytes);
  },
  async serializer() {
    const serializer = new v8.Serializer();
    serializer.writeValue(bytes);
    return serializer.releaseBuffer();
  },
  async transcode() {
    return buffer.transcode(bytes, 'latin1', 'ucs2');
  },
  async pbkdf2Sync() {
    return crypto.pbkdf2Sync('a', 'b', 1, SIZE, 'sha1');
  },
  async pbkdf2() {
    return promisify(crypto.pbkdf2)('a', 'b', 1, SIZE, 'sha1');
  },
  async scryptSync() {
    return crypto.scryptSync('a', 'b', SIZE, { N: 2 });
  },
  async scrypt() {
    return promisify(crypto.scrypt)('a', 'b', SIZE, { N: 2 });
  },
  async hkdfSync() {
    return crypto.hkdfSync('sha512', 'a', 'b', 'c', 16_000);
  },
  async hkdf() {
    return promisify(crypto.hkdf)('sha512', 'a', 'b', 'c', 16_000);
  },
  async argon2Sync() {
    return crypto.argon2Sync?.('argon2id', argon2);
  },
  async argon2() {
    return crypto.argon2 && promisify(crypto.argon2)('argon2id', argon2);
  },
  async encrypt() {
    return subtle.encrypt(counter, await imported('AES-CTR', ['encrypt']), bytes);
  },
  async decrypt() {
    return subtle.decrypt(counter, await imported('AES-CTR', ['decrypt']), bytes);
  },
  async deriveBits() {
    const from = await subtle.importKey('raw', key, 'PBKDF2', false, ['deriveBits']);
    return subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: key, iterations: 1 }, from, SIZE * 8);
  },
  async wrapKey() {
    const wrapping = await imported('AES-GCM', ['wrapKey']);
    return subtle.wrapKey('raw', await imported(hmac, ['sign'], bytes), wrapping, {
      name: 'AES-GCM',
      iv: key,
    });
  },
  // Not past the allocator on each version: recorded once all the same.
  async exportKey() {
    return subtle.exportKey('raw', await imported(hmac, ['sign'], bytes));
  },
  async readFile() {
    return promisify(fs.readFile)(file);
  },
  async readFilePromise() {
    return fs.promises.readFile(file);
  },
  async readFileSync() {
    return fs.readFileSync(file);
  },
};

function externalBytes(dump) {
  return dump.sites
    .filter(({ kind }) => kind === 'external')
    .reduce((sum, { liveBytes }) => sum + liveBytes, 0);
}

async function main() {
  fs.writeFileSync(file, bytes);
  abtrace.start();
  const kept = new Map();
  for (const [name, ask] of Object.entries(ways)) {
    const made = await ask();
    if (made != null) kept.set(name, made.byteLength);
    ways[name].made = made;
  }
  const dump = abtrace.dump({ gc: true });
  const owners = {};
  for (const [name, size] of kept) {
    const sites = dump.sites.filter(({ owner, liveBytes }) => owner?.function === name && liveBytes >= size);
    const [site] = sites;
    const isRight = sites.length === 1 && site.liveBytes === size && site.liveCount === 1;
    owners[name] = isRight || sites.map(({ kind, liveBytes, liveCount }) => ({ kind, liveBytes, liveCount }));
  }
  for (const way of Object.values(ways)) way.made = undefined;
  await new Promise(setImmediate);
  report({ owners, left: externalBytes(abtrace.dump({ gc: true })) });
}

main().finally(() => fs.rmSync(folder, { recursive: true }));
