// A game server that allocates a replay buffer per session; ended sessions stay in the registry.
'use strict';

const REPLAY_BYTES = 96 * 1024;

class Session {
  constructor(player) {
    this.player = player;
    this.replay = Buffer.alloc(REPLAY_BYTES); // OWNER
    this.ended = false;
  }

  end() {
    this.ended = true;
  }
}

const sessions = new Map(); // RETAINER name=sessions

function play(player) {
  const session = new Session(player);
  sessions.set(player, session);
  session.replay.writeUInt32LE(player);
  session.end();
}

function spectate(player) {
  const frame = Buffer.alloc(REPLAY_BYTES);
  frame.writeUInt32LE(player);
  return frame.readUInt32LE();
}

for (let player = 0; player < 110; player += 1) {
  play(player);
  spectate(player);
}

process.on('exit', () => {
  console.log(JSON.stringify({ expectedBytes: sessions.size * REPLAY_BYTES }));
});
