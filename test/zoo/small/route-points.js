// A tracker that keeps each vehicle's points as small typed arrays, 96 bytes each, and never forgets a vehicle.
'use strict';

const POINTS_PER_LEG = 12;

class Leg {
  constructor(vehicle, step) {
    this.vehicle = vehicle;
    this.points = new Float64Array(POINTS_PER_LEG); // OWNER
    this.points.fill(step);
  }
}

const routes = new Map(); // RETAINER name=routes

function record(vehicle, step) {
  let legs = routes.get(vehicle);
  if (legs === undefined) routes.set(vehicle, (legs = []));
  legs.push(new Leg(vehicle, step));
}

function estimateArrival(step) {
  const speeds = new Float64Array(POINTS_PER_LEG);
  speeds.fill(step);
  return speeds.reduce((sum, speed) => sum + speed, 0);
}

for (let step = 0; step < 1000; step += 1) {
  for (let vehicle = 0; vehicle < 90; vehicle += 1) {
    record(vehicle, step);
    estimateArrival(step);
  }
}

process.on('exit', () => {
  let expectedBytes = 0;
  for (const legs of routes.values()) for (const { points } of legs) expectedBytes += points.byteLength;
  console.log(JSON.stringify({ expectedBytes }));
});
