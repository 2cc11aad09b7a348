// Encrypts chat attachments with WebCrypto; sent ones stay in the outbox.
'use strict';

const { subtle } = globalThis.crypto;

const ATTACHMENT_BYTES = 120_000;
const outbox = []; // RETAINER name=outbox

async function encryptAttachment(key, attachment, counter) {
  const sealed = await subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, key, attachment); // OWNER
  outbox.push({ sealed, sentAt: Date.now() });
}

async function fingerprint(key, attachment, counter) {
  const sealed = await subtle.encrypt({ name: 'AES-CTR', counter, length: 64 }, key, attachment);
  return subtle.digest('SHA-256', sealed);
}

async function main() {
  const key = await subtle.generateKey({ name: 'AES-CTR', length: 256 }, false, ['encrypt']);
  const attachment = new Uint8Array(ATTACHMENT_BYTES).fill(65);
  for (let message = 0; message < 80; message += 1) {
    const counter = new Uint8Array(16).fill(message);
    await Promise.all([fingerprint(key, attachment, counter), encryptAttachment(key, attachment, counter)]);
  }
}

process.on('exit', () => {
  const bytes = outbox.reduce((sum, { sealed }) => sum + sealed.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
