// A pool of two threads compresses pictures; the gallery keeps the pool's results, the size estimator does not.
'use strict';

const { Worker, isMainThread, parentPort } = require('node:worker_threads');

const PICTURE_BYTES = 130_000;

/** Hands tasks to idle threads; each thread works on one task at a time. */
class Pool {
  #idle = [];
  #queue = [];

  constructor(size) {
    this.workers = Array.from({ length: size }, () => new Worker(__filename));
    this.#idle.push(...this.workers);
  }

  run(task) {
    return new Promise((resolve) => {
      this.#queue.push({ task, resolve });
      this.#next();
    });
  }

  #next() {
    if (this.#idle.length === 0 || this.#queue.length === 0) return;
    const worker = this.#idle.pop();
    const { task, resolve } = this.#queue.shift();
    worker.once('message', (result) => {
      this.#idle.push(worker);
      resolve(result);
      this.#next();
    });
    worker.postMessage(task);
  }
}

const tasks = {
  compress(id) {
    const picture = new Uint8Array(PICTURE_BYTES); // OWNER
    return picture.fill(id);
  },
  estimate(id) {
    const picture = new Uint8Array(PICTURE_BYTES);
    return picture.fill(id);
  },
};

const gallery = []; // RETAINER name=gallery

async function addPicture(pool, id) {
  gallery.push(await pool.run({ name: 'compress', id }));
}

async function estimateSize(pool, id) {
  const result = await pool.run({ name: 'estimate', id });
  return result.length;
}

async function main() {
  const pool = new Pool(2);
  for (let id = 0; id < 75; id += 1) await Promise.all([estimateSize(pool, id), addPicture(pool, id)]);
  await Promise.all(pool.workers.map((worker) => worker.terminate()));
}

if (isMainThread) {
  process.on('exit', () => {
    const bytes = gallery.reduce((sum, picture) => sum + picture.buffer.byteLength, 0);
    console.log(JSON.stringify({ expectedBytes: bytes }));
  });
  main();
} else {
  parentPort.on('message', ({ name, id }) => {
    const result = tasks[name](id);
    parentPort.postMessage(result, [result.buffer]);
  });
}
