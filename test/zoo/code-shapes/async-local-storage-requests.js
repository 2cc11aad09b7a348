// An application with its own AsyncLocalStorage: each request has a context, and slow requests keep their attachment.
'use strict';

const { AsyncLocalStorage } = require('node:async_hooks');
const { promisify } = require('node:util');
const zlib = require('node:zlib');

const gunzip = promisify(zlib.gunzip);
const ATTACHMENT_BYTES = 130_000;
const stored = zlib.gzipSync(Buffer.alloc(ATTACHMENT_BYTES, 'attachment '));

const requestContext = new AsyncLocalStorage();
const slowRequests = new Map(); // RETAINER name=slowRequests

async function loadAttachment() {
  const attachment = await gunzip(stored); // OWNER
  const { requestId } = requestContext.getStore();
  slowRequests.set(requestId, attachment);
}

async function scanAttachment() {
  const attachment = await gunzip(stored);
  return attachment.length + requestContext.getStore().requestId;
}

function handle(requestId) {
  return requestContext.run({ requestId, startedAt: Date.now() }, async () => {
    await Promise.all([scanAttachment(), loadAttachment()]);
  });
}

async function main() {
  for (let requestId = 0; requestId < 75; requestId += 3) {
    await Promise.all([handle(requestId), handle(requestId + 1), handle(requestId + 2)]);
  }
}

process.on('exit', () => {
  const bytes = [...slowRequests.values()].reduce((sum, attachment) => sum + attachment.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
