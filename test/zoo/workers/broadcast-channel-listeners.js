// Tabs synchronised over a BroadcastChannel: the history tab keeps every snapshot it hears, the other tab none.
'use strict';

const SNAPSHOT_BYTES = 120_000;

class HistoryTab {
  #snapshots = []; // RETAINER name=snapshots
  #channel = new BroadcastChannel('history');

  constructor() {
    this.#channel.onmessage = (event) => this.#snapshots.push(event.data); // OWNER
  }

  get bytes() {
    return this.#snapshots.reduce((sum, snapshot) => sum + snapshot.byteLength, 0);
  }

  close() {
    this.#channel.close();
  }
}

class CursorTab {
  #channel = new BroadcastChannel('cursor');
  moves = 0;

  constructor() {
    this.#channel.onmessage = (event) => {
      this.moves += event.data.byteLength;
    };
  }

  close() {
    this.#channel.close();
  }
}

const historyTab = new HistoryTab();
const cursorTab = new CursorTab();
const toHistory = new BroadcastChannel('history');
const toCursor = new BroadcastChannel('cursor');

function publishSnapshot(step) {
  toHistory.postMessage(new Uint8Array(SNAPSHOT_BYTES).fill(step)); // OWNER
}

function publishCursor(step) {
  toCursor.postMessage(new Uint8Array(SNAPSHOT_BYTES).fill(step));
}

let step = 0;
const drawing = setInterval(() => {
  publishCursor(step);
  publishSnapshot(step);
  step += 1;
  if (step < 80) return;
  clearInterval(drawing);
  setTimeout(() => [historyTab, cursorTab, toHistory, toCursor].forEach((end) => end.close()), 50);
}, 1);

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: historyTab.bytes })));
