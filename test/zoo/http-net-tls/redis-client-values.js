// An ioredis client shared by two services, one socket for both: the session service keeps values, the limiter does not.
'use strict';

const Redis = require('ioredis');
const { startPeer } = require('../peers/peers');

const VALUE_BYTES = 30_000;

class SessionService {
  #sessions = new Map(); // RETAINER name=sessions

  async load(redis, user) {
    const session = await redis.getBuffer(`session-${user}:${VALUE_BYTES}`); // OWNER
    this.#sessions.set(user, session);
  }

  get bytes() {
    return [...this.#sessions.values()].reduce((sum, session) => sum + session.length, 0);
  }
}

async function allowed(redis, user) {
  const counters = await redis.getBuffer(`limits-${user}:${VALUE_BYTES}`);
  return counters.length > 0;
}

const service = new SessionService();

async function main() {
  const server = await startPeer('redis-server');
  const redis = new Redis({ port: server.port, host: '127.0.0.1', enableReadyCheck: false });
  for (let user = 0; user < 300; user += 1) {
    if (await allowed(redis, user)) await service.load(redis, user);
  }
  redis.disconnect();
  await server.close();
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: service.bytes })));
main();
