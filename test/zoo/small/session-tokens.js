// A login service: tokens of 120 random bytes stay in a table after their sessions ended; nonces of the same kind go.
'use strict';

const { randomBytes } = require('node:crypto');

const TOKEN_BYTES = 120;
const sessions = []; // RETAINER name=sessions

async function logIn(user) {
  await null;
  const token = randomBytes(TOKEN_BYTES); // OWNER
  sessions.push({ user, token });
}

async function challenge() {
  await null;
  return randomBytes(TOKEN_BYTES)[0];
}

async function main() {
  for (let user = 0; user < 75_000; user += 1) {
    await logIn(user);
    await challenge();
  }
}

process.on('exit', () => {
  const expectedBytes = sessions.reduce((sum, { token }) => sum + token.length, 0);
  console.log(JSON.stringify({ expectedBytes }));
});

main();
