// The primary process of a cluster hears all its workers through the cluster: the snapshots that come in are kept, those
// of a worker that it listens to by itself are measured.
'use strict';

const cluster = require('node:cluster');

const SNAPSHOTS = 40;
const SNAPSHOT_BYTES = 220_000;

function sendSnapshots() {
  for (let snapshot = 0; snapshot < SNAPSHOTS; snapshot += 1) {
    process.send({ from: process.env.ZOO_ROLE, heap: Buffer.alloc(SNAPSHOT_BYTES, snapshot) });
  }
}

function startWorker(role) {
  return cluster.fork({ ZOO_ROLE: role, NODE_OPTIONS: '' });
}

const snapshots = []; // RETAINER name=snapshots

function keepSnapshots() {
  cluster.on('message', (worker, { from, heap }) => { // OWNER
    if (from !== 'keeper') return;
    if (snapshots.push(heap) === SNAPSHOTS) worker.kill();
  });
  startWorker('keeper');
}

function measureSnapshots() {
  let bytes = 0;
  const worker = startWorker('measured');
  worker.on('message', ({ heap }) => {
    bytes += heap.length;
    if (bytes === SNAPSHOTS * SNAPSHOT_BYTES) worker.kill();
  });
}

if (cluster.isPrimary) {
  cluster.setupPrimary({ serialization: 'advanced', execArgv: [] });
  keepSnapshots();
  measureSnapshots();
  process.on('exit', () => {
    const bytes = snapshots.reduce((sum, snapshot) => sum + snapshot.length, 0);
    console.log(JSON.stringify({ expectedBytes: bytes }));
  });
} else {
  sendSnapshots();
}
