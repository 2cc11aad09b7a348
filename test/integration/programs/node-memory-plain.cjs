// What a program sees of the calls whose results are noted. Arguments: true to trace them.
const crypto = require('node:crypto');
const fs = require('node:fs');
const v8 = require('node:v8');
const { abtrace, report } = require('./lib/tracer.cjs');

const { subtle } = crypto.webcrypto;
const wrong = { name: 'AES-GCM', iv: Buffer.alloc(12) };

const failure = (promise) => promise.then(String, (error) => `${error.name} ${error.code} ${error.message}`);
const unhandled = [];
process.on('unhandledRejection', (error, promise) => unhandled.push(error.name, promise instanceof Promise));

async function main() {
  if (process.argv[2] === 'true') abtrace.start();
  const key = await subtle.importKey('raw', Buffer.alloc(32, 1), 'AES-GCM', true, ['encrypt', 'decrypt']);
  subtle.decrypt(wrong, key, Buffer.alloc(50));
  const sealed = await subtle.encrypt(wrong, key, Buffer.alloc(5000, 7));
  const derived = await new Promise((resolve) => {
    crypto.pbkdf2('a', 'b', 1, 5000, 'sha1', function (...results) {
      resolve([Object.keys(this), this.constructor.name, results.length, results[1].toString('hex')]);
    });
  });
  const serializer = new v8.Serializer();
  serializer.writeValue({ a: [1, 2, 'x'.repeat(1000)] });
  report({
    decrypt: await failure(subtle.decrypt(wrong, key, Buffer.alloc(50))),
    opened: crypto.hash?.('sha1', Buffer.from(await subtle.decrypt(wrong, key, sealed))) ?? null,
    sealed: [Object.prototype.toString.call(sealed), Buffer.from(sealed).toString('hex')],
    derived,
    missing: await failure(fs.promises.readFile('/no/such/file')),
    serialized: serializer.releaseBuffer().toString('hex'),
    shape: [v8.Serializer.prototype.releaseBuffer.name, Object.keys(v8.Serializer.prototype).sort()],
    unhandled,
  });
}

main();
