// Append-only logs on resizable ArrayBuffers; closed logs stay in the set of open ones.
'use strict';

const STEP_BYTES = 64 * 1024;
const openLogs = new Set(); // RETAINER name=openLogs

class AppendLog {
  constructor() {
    this.buffer = new ArrayBuffer(STEP_BYTES, { maxByteLength: 8 * STEP_BYTES }); // OWNER
    openLogs.add(this);
  }

  append(fill) {
    const start = this.buffer.byteLength;
    this.buffer.resize(start + STEP_BYTES); // OWNER
    new Uint8Array(this.buffer, start).fill(fill);
  }
}

function scratchLog(fill) {
  const buffer = new ArrayBuffer(STEP_BYTES, { maxByteLength: 8 * STEP_BYTES });
  buffer.resize(3 * STEP_BYTES);
  return new Uint8Array(buffer).fill(fill).length;
}

for (let id = 0; id < 50; id += 1) {
  const log = new AppendLog();
  scratchLog(id);
  log.append(id);
  log.append(id);
}

process.on('exit', () => {
  const bytes = [...openLogs].reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
