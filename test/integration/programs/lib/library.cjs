// Stands for a library from npm: the programs trace it as a dependency. What they hand to it allocates and keeps memory
// with no code of theirs on the stack, so that only a cause can say whose it is.
const { setTimeout: pause } = require('node:timers/promises');
const { Readable, Transform, Writable } = require('node:stream');

/** Twelve pieces of zlib, three of a file. */
const SIZE = 196_608;

/** Keeps SIZE bytes for one caller; `filled` resolves once it has them. */
class Box {
  bytes = 0;
  /** @type {ArrayBufferView[]} */
  kept = [];
  /** Called once the box is full. @type {() => void} */
  atEnd = () => {};
  /** @type {Promise<void>} */
  filled;
  #fill = () => {};

  constructor() {
    this.filled = new Promise((resolve) => {
      this.#fill = resolve;
    });
  }

  keep = (/** @type {ArrayBufferView | ArrayBuffer} */ chunk) => {
    this.kept.push(chunk);
    this.bytes += chunk.byteLength;
    if (this.bytes < SIZE) return;
    this.atEnd();
    this.#fill();
  };

  keepResult = (error, chunk) => {
    if (error) throw error;
    this.keep(chunk);
  };

  keepEvent = ({ data }) => this.keep(data);

  allocate = () => this.keep(Buffer.alloc(SIZE));

  /** Calls back from a timer of its own. */
  later(callback) {
    setTimeout(callback, 1);
  }

  async allocateLater() {
    await null;
    await pause(1);
    this.allocate();
  }

  async loop(times) {
    for (let i = 0; i < times; i += 1) await null;
    this.allocate();
  }

  async *generate() {
    for (let i = 0; i < 3; i += 1) {
      await pause(1);
      this.keep(Buffer.alloc(SIZE / 3));
      yield i;
    }
  }

  /** A promise as libraries made them before there were any: callbacks, called from a timer. */
  thenable() {
    const callbacks = [];
    setTimeout(() => {
      for (const callback of callbacks) callback();
    }, 1);
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is wanted.
    return { then: (callback) => callbacks.push(callback) };
  }

  /** Makes its bytes in the transformation, piece by piece. */
  transform() {
    return new Transform({
      transform: (_chunk, _encoding, callback) => {
        setImmediate(() => {
          this.keep(Buffer.alloc(SIZE / 3));
          callback();
        });
      },
    });
  }

  sink() {
    return new Writable({ write: (_chunk, _encoding, callback) => callback() });
  }

  /** A stream that lives for as many turns of the event loop as it has pieces, and is read only in the last three. */
  longStream(pieces) {
    let left = pieces;
    return new Readable({
      read() {
        setImmediate(() => {
          left -= 1;
          this.push(left < 0 ? null : Buffer.alloc(left < 3 ? SIZE / 3 : 16));
        });
      },
    });
  }

  /** Keeps the pieces of a long stream that count. */
  keepBig = (chunk) => {
    if (chunk.byteLength > 16) this.keep(chunk);
  };

  webSource() {
    let left = 3;
    return {
      pull: async (controller) => {
        await pause(1);
        if (left === 0) return controller.close();
        left -= 1;
        controller.enqueue(Buffer.alloc(SIZE / 3));
      },
    };
  }

  webTransform() {
    return {
      transform: async (_chunk, controller) => {
        await pause(1);
        controller.enqueue(Buffer.alloc(SIZE / 3));
      },
    };
  }

  webSink() {
    return { write: this.keep };
  }
}

module.exports = { Box, SIZE, pause };
