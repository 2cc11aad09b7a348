// The entry of a program that webpack bundles for production, where sources are named webpack://….
const { loadReport } = require('./reports');
const { checkReport } = require('./checks');

const reports = []; // RETAINER name=reports

async function main() {
  for (let id = 0; id < 60; id += 1) {
    await checkReport();
    reports.push({ id, body: await loadReport() });
  }
}

process.on('exit', () => {
  const bytes = reports.reduce((sum, { body }) => sum + body.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
main();
