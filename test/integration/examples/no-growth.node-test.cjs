// How a test of node:test says that a piece of work must not hold on to memory: `node --test no-growth.node-test.cjs`.
const { test } = require('node:test');
const assert = require('node:assert');
const { assertNoGrowth } = require('abtrace');

const sessions = new Map();

/** Keeps 50 KB for good each time. */
function openSession() {
  sessions.set(sessions.size, Buffer.alloc(50_000));
}

function thumbnail() {
  return Buffer.alloc(50_000).length;
}

test('a thumbnail leaves nothing behind', async () => {
  await assertNoGrowth(() => thumbnail(), { maxBytes: 10_000 });
});

test('a session does', async () => {
  await assert.rejects(
    assertNoGrowth(() => openSession(), { maxBytes: 10_000, runs: 20 }),
    (error) => {
      console.log(error.message);
      assert.strictEqual(error.name, 'AssertionError');
      assert.strictEqual(error.bytes, 1_000_000);
      assert.strictEqual(error.growth[0].owner.function, 'openSession');
      return true;
    },
  );
});
