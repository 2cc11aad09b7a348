// A bare `await` of a settled value in a loop: what the cause of each promise costs.
const { measure } = require('../measure.cjs');

async function loop(count) {
  for (let i = 0; i < count; i++) await undefined;
}

measure({ unit: 'await', operations: 500_000, run: loop });
