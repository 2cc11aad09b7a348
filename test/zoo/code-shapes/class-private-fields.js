// Memory taken by a private field's initialiser: every connection object is kept by a private static registry.
'use strict';

const WINDOW_BYTES = 90_000;

class Connection {
  static #registry = new Set(); // RETAINER name=registry

  #id;
  #window = new Uint8Array(WINDOW_BYTES); // OWNER

  constructor(id) {
    this.#id = id;
    this.#window.fill(id);
    Connection.#registry.add(this);
  }

  static get bytes() {
    return [...Connection.#registry].reduce((sum, connection) => sum + connection.#window.byteLength, 0);
  }
}

class Probe {
  #window = new Uint8Array(WINDOW_BYTES);

  answer(id) {
    return this.#window.fill(id)[0];
  }
}

for (let id = 0; id < 100; id += 1) {
  new Probe().answer(id);
  new Connection(id);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: Connection.bytes })));
