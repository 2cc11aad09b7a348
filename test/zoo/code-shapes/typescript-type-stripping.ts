// TypeScript that Node runs by itself, stripping the types in place.
interface Job {
  id: number;
  output: Buffer;
}

const JOB_BYTES: number = 110_000;
const finishedJobs: Job[] = []; // RETAINER name=finishedJobs

function runJob(id: number): void {
  const output: Buffer = Buffer.alloc(JOB_BYTES, id); // OWNER
  finishedJobs.push({ id, output } satisfies Job);
}

function dryRun(id: number): number | undefined {
  const output = Buffer.alloc(JOB_BYTES, id) as Uint8Array;
  return output[0];
}

for (let id = 0; id < 90; id += 1) {
  dryRun(id);
  runJob(id);
}

process.on('exit', () => {
  const bytes: number = finishedJobs.reduce((sum: number, { output }: Job) => sum + output.length, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
