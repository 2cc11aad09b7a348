// A renderer thread that memoises every frame it renders; the main thread renders frames of its own and drops them.
'use strict';

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const FRAME_BYTES = 160_000;

function startRenderer() {
  const memo = new Map(); // RETAINER name=memo

  function render(frame) {
    const pixels = new Uint8ClampedArray(FRAME_BYTES); // OWNER
    pixels.fill(frame);
    memo.set(frame, pixels);
  }

  parentPort.on('message', (frame) => {
    render(frame);
    parentPort.postMessage({ memoised: memo.size * FRAME_BYTES });
  });
}

function renderPreview(frame) {
  return new Uint8ClampedArray(FRAME_BYTES).fill(frame)[FRAME_BYTES - 1];
}

function main() {
  const renderer = new Worker(__filename);
  let memoised = 0;
  let frame = 0;
  renderer.on('message', (status) => {
    memoised = status.memoised;
    if (frame === 60) process.exit();
    renderPreview(frame);
    renderer.postMessage(frame++);
  });
  process.on('exit', () => console.log(JSON.stringify({ expectedBytes: memoised })));
  renderer.postMessage(frame++);
}

if (isMainThread) main();
else startRenderer();
