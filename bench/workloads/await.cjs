// A bare `await` of a settled value in a loop: what the cause of each promise costs.
const { measure } = require('../measure.cjs');

const operations = 500_000;

async function loop(count) {
  for (let i = 0; i < count; i++) await undefined;
}

measure({ unit: 'await', operations, run: () => loop(operations), warmUp: () => loop(operations / 10) });
