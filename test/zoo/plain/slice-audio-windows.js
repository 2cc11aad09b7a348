// Cuts windows out of a recording with ArrayBuffer.slice; an undo history keeps every cut.
'use strict';

const WINDOW_BYTES = 64 * 1024;
const recording = new ArrayBuffer(256 * 1024);

class Editor {
  history = []; // RETAINER name=history

  cut(start) {
    const clip = recording.slice(start, start + WINDOW_BYTES); // OWNER
    this.history.push({ action: 'cut', clip });
  }
}

function peakOf(start) {
  const samples = new Int16Array(recording.slice(start, start + WINDOW_BYTES));
  return samples.reduce((peak, sample) => Math.max(peak, sample), 0);
}

const editor = new Editor();
for (let cut = 0; cut < 192; cut += 1) {
  const start = (cut * 4096) % (recording.byteLength - WINDOW_BYTES);
  editor.cut(start);
  peakOf(start);
}

process.on('exit', () => {
  const bytes = editor.history.reduce((sum, { clip }) => sum + clip.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
