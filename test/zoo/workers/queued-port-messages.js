// Analytics events are transferred to a port that nobody reads any more; debug events go to a port that is drained.
'use strict';

const { MessageChannel, receiveMessageOnPort } = require('node:worker_threads');

const EVENT_BYTES = 90_000;

class Analytics {
  #channel = new MessageChannel(); // RETAINER name=channel
  #posted = 0;

  track(id) {
    const event = new Uint8Array(EVENT_BYTES); // OWNER
    event.fill(id);
    this.#channel.port1.postMessage(event, [event.buffer]);
    this.#posted += 1;
  }

  get bytes() {
    return this.#posted * EVENT_BYTES;
  }
}

class Debug {
  #channel = new MessageChannel();

  track(id) {
    const event = new Uint8Array(EVENT_BYTES);
    event.fill(id);
    this.#channel.port1.postMessage(event, [event.buffer]);
    receiveMessageOnPort(this.#channel.port2);
  }
}

const analytics = new Analytics();
const debug = new Debug();
for (let id = 0; id < 110; id += 1) {
  analytics.track(id);
  debug.track(id);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: analytics.bytes })));
