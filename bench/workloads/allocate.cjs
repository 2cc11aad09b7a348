// Blocks that die at once, from one line below a number of frames: what noticing, tallying and forgetting costs.
// Arguments: bytes of a block, frames.
const { measure } = require('../measure.cjs');

const [blockBytes, depth] = process.argv.slice(2).map(Number);

function loop(count) {
  let bytes = 0;
  for (let i = 0; i < count; i++) bytes += new ArrayBuffer(blockBytes).byteLength;
  return bytes;
}

function below(frames, count) {
  return frames <= 1 ? loop(count) : below(frames - 1, count) + 0;
}

measure({
  unit: 'allocation',
  operations: blockBytes > 10_000 ? 20_000 : 200_000,
  run: (count) => below(depth, count),
});
