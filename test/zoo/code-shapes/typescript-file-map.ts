// A TypeScript program compiled by tsc with a source map file; its generics and interfaces shift every line.
interface Snapshot<State> {
  readonly takenAt: number;
  readonly state: State;
}

interface Clock {
  now(): number;
}

type Pixels = Uint8Array;

abstract class Recorder<State> {
  protected readonly snapshots: Snapshot<State>[] = []; // RETAINER name=snapshots

  constructor(private readonly clock: Clock) {}

  protected abstract capture(frame: number): State;

  record(frame: number): void {
    this.snapshots.push({ takenAt: this.clock.now(), state: this.capture(frame) });
  }
}

class ScreenRecorder extends Recorder<Pixels> {
  private static readonly frameBytes: number = 200_000;

  protected override capture(frame: number): Pixels {
    const pixels: Pixels = new Uint8Array(ScreenRecorder.frameBytes); // OWNER
    return pixels.fill(frame);
  }

  get bytes(): number {
    return this.snapshots.reduce((sum: number, { state }) => sum + state.byteLength, 0);
  }
}

enum Quality {
  Low = 1,
  High = 4,
}

function thumbnail(frame: number, quality: Quality): number {
  const pixels: Pixels = new Uint8Array(50_000 * quality);
  return pixels.fill(frame)[0] ?? 0;
}

const recorder = new ScreenRecorder({ now: () => Date.now() });
for (let frame = 0; frame < 50; frame += 1) {
  thumbnail(frame, Quality.High);
  recorder.record(frame);
}

process.on('exit', () => console.log(JSON.stringify({ expectedBytes: recorder.bytes })));
