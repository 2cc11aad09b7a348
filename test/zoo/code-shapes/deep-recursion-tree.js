// A quadtree encoder: memory is taken hundreds of calls deep, far below the deepest frame that a stack keeps.
'use strict';

const LEAF_BYTES = 50_000;

class Encoder {
  leaves = []; // RETAINER name=leaves

  encode(node, depth) {
    if (depth === 0) return this.encodeLeaf(node);
    return this.encode(node, depth - 1) + 1;
  }

  encodeLeaf(node) {
    const leaf = Buffer.allocUnsafe(LEAF_BYTES); // OWNER
    this.leaves.push(leaf.fill(node));
    return 0;
  }
}

function estimate(node, depth) {
  if (depth > 0) return estimate(node, depth - 1) + 1;
  const leaf = Buffer.allocUnsafe(LEAF_BYTES);
  return leaf.fill(node)[0];
}

const encoder = new Encoder();
for (let node = 0; node < 190; node += 1) {
  estimate(node, 400 + node);
  encoder.encode(node, 400 + node);
}

process.on('exit', () => {
  const bytes = encoder.leaves.reduce((sum, leaf) => sum + leaf.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
