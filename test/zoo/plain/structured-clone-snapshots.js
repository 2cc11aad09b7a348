// A simulation that takes an undo snapshot of its state with structuredClone on every step.
'use strict';

const CELLS = 20_000;

class Simulation {
  state = { step: 0, heat: new Float32Array(CELLS) };
  snapshots = []; // RETAINER name=snapshots

  step() {
    this.snapshots.push(structuredClone(this.state)); // OWNER
    this.state.step += 1;
    this.state.heat[this.state.step] = this.state.step;
  }

  preview() {
    const copy = structuredClone(this.state);
    copy.heat.fill(1);
    return copy.heat.length;
  }
}

const simulation = new Simulation();
for (let step = 0; step < 130; step += 1) {
  simulation.step();
  simulation.preview();
}

process.on('exit', () => {
  const bytes = simulation.snapshots.reduce((sum, { heat }) => sum + heat.byteLength, 0);
  console.log(JSON.stringify({ expectedBytes: bytes }));
});
