// Shares a progress board with a thread for each upload; boards of finished uploads are never released.
'use strict';

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const BOARD_BYTES = 256 * 1024;

class Uploads {
  boards = []; // RETAINER name=boards

  start(worker) {
    const board = new SharedArrayBuffer(BOARD_BYTES); // OWNER
    this.boards.push(board);
    return exchange(worker, board);
  }
}

function exchange(worker, board) {
  return new Promise((resolve) => {
    worker.once('message', resolve);
    worker.postMessage(board);
  });
}

function dryRun(worker) {
  return exchange(worker, new SharedArrayBuffer(BOARD_BYTES));
}

async function main() {
  const uploads = new Uploads();
  process.on('exit', () => console.log(JSON.stringify({ expectedBytes: uploads.boards.length * BOARD_BYTES })));
  const worker = new Worker(__filename);
  for (let upload = 0; upload < 40; upload += 1) {
    await dryRun(worker);
    await uploads.start(worker);
  }
  await worker.terminate();
}

if (isMainThread) {
  main();
} else {
  parentPort.on('message', (board) => {
    Atomics.add(new Int32Array(board), 0, 1);
    parentPort.postMessage('updated');
  });
}
