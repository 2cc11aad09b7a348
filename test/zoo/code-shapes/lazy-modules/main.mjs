// A command line tool that loads its commands with import() on first use; one command keeps what it exports.
const commands = {
  export: () => import('./export-command.mjs'),
  check: () => import('./check-command.mjs'),
};

async function run(name, id) {
  const command = await commands[name]();
  return command.run(id);
}

for (let id = 0; id < 70; id += 1) {
  await run('check', id);
  await run('export', id);
}

const { exportedBytes } = await commands.export();
process.on('exit', () => console.log(JSON.stringify({ expectedBytes: exportedBytes() })));
