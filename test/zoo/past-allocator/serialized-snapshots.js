// Serialises the state of a board game with v8.serialize on each move and keeps the snapshots of finished games.
'use strict';

const v8 = require('node:v8');

const state = { board: new Uint8Array(90_000).fill(3), moves: [] };

class Archive {
  constructor() {
    this.games = []; // RETAINER name=games
  }

  save(move) {
    const snapshot = v8.serialize({ ...state, move }); // OWNER
    this.games.push(snapshot);
  }
}

function stateSize(move) {
  return v8.serialize({ ...state, move }).length;
}

const archive = new Archive();
for (let move = 0; move < 110; move += 1) {
  stateSize(move);
  archive.save(move);
}

process.on('exit', () => {
  const bytes = archive.games.reduce((sum, snapshot) => sum + snapshot.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
