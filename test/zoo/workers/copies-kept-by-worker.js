// The main thread posts documents to an index thread, which keeps its copy of each, and spell-checks others, dropped.
'use strict';

const { MessageChannel, Worker, isMainThread, parentPort } = require('node:worker_threads');

const DOCUMENT_BYTES = 150_000;

function startIndex() {
  const documents = []; // RETAINER name=documents
  parentPort.once('message', ({ indexPort, spellPort }) => {
    indexPort.on('message', (document) => { // OWNER
      documents.push(document);
      indexPort.postMessage(documents.length * DOCUMENT_BYTES);
    });
    spellPort.on('message', (document) => {
      spellPort.postMessage(document.length);
    });
  });
}

function sendToIndex(port, id) {
  return new Promise((resolve) => {
    port.once('message', resolve);
    port.postMessage(new Uint8Array(DOCUMENT_BYTES).fill(id)); // OWNER
  });
}

function sendToSpellChecker(port, id) {
  return new Promise((resolve) => {
    port.once('message', resolve);
    port.postMessage(new Uint8Array(DOCUMENT_BYTES).fill(id));
  });
}

async function main() {
  let indexed = 0;
  process.on('exit', () => console.log(JSON.stringify({ expectedBytes: indexed })));
  const worker = new Worker(__filename);
  const index = new MessageChannel();
  const spelling = new MessageChannel();
  worker.postMessage({ indexPort: index.port2, spellPort: spelling.port2 }, [index.port2, spelling.port2]);
  for (let id = 0; id < 64; id += 1) {
    await sendToSpellChecker(spelling.port1, id);
    indexed = await sendToIndex(index.port1, id);
  }
  process.exit();
}

if (isMainThread) main();
else startIndex();
