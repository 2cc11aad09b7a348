// Two parts of one program talk over MessageChannels: the editor's undo port keeps its messages, the status port drops them.
'use strict';

const PATCH_BYTES = 100_000;

class UndoService {
  patches = []; // RETAINER name=patches

  listen(port) {
    port.onmessage = ({ data }) => { // OWNER
      this.patches.push(data);
    };
  }
}

class StatusBar {
  saved = 0;

  listen(port) {
    port.onmessage = ({ data }) => {
      this.saved += data.length;
    };
  }
}

const undo = new UndoService();
const status = new StatusBar();

const undoChannel = new MessageChannel();
const statusChannel = new MessageChannel();
undo.listen(undoChannel.port2);
status.listen(statusChannel.port2);

function sendPatch(sequence) {
  undoChannel.port1.postMessage(new Uint8Array(PATCH_BYTES).fill(sequence)); // OWNER
}

function sendStatus(sequence) {
  statusChannel.port1.postMessage(new Uint8Array(PATCH_BYTES).fill(sequence));
}

let sequence = 0;
const typing = setInterval(() => {
  sendStatus(sequence);
  sendPatch(sequence);
  sequence += 1;
  if (sequence < 90) return;
  clearInterval(typing);
  setTimeout(() => {
    undoChannel.port1.close();
    statusChannel.port1.close();
  }, 50);
}, 1);

process.on('exit', () => {
  const bytes = undo.patches.reduce((sum, patch) => sum + patch.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
