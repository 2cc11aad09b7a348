// The leaking program of bench/story.mjs: streams answers through fetch and remembers every one. Knows nothing of
// abtrace but the signal that asks for a dump, which it sends to itself halfway. Prints what it knows to be true.
// Arguments: URL, bytes to keep, folder in which the dump of the signal appears.
const fs = require('node:fs');
const { setTimeout: pause } = require('node:timers/promises');

const [url, bytesToKeep, dumps] = process.argv.slice(2);
const AT_ONCE = 8;

/** @type {Uint8Array[][]} */
const sessions = [];
let keptBytes = 0;

async function streamAnswer() {
  /** @type {Uint8Array[]} */
  const answer = [];
  sessions.push(answer);
  const response = await fetch(url);
  for await (const chunk of response.body) answer.push(chunk); // OWNER
  keptBytes += answer.reduce((sum, chunk) => sum + chunk.length, 0);
}

async function chatUntil(bytes) {
  while (keptBytes < bytes) await Promise.all(Array.from({ length: AT_ONCE }, streamAnswer));
}

async function main() {
  await chatUntil(bytesToKeep / 2);
  const before = { keptBytes };
  process.kill(process.pid, 'SIGUSR2');
  while (fs.readdirSync(dumps).every((file) => !file.endsWith('.json'))) await pause(20);
  await chatUntil(bytesToKeep);
  console.log(JSON.stringify({ before, after: { keptBytes } }));
  process.exit();
}

main();
