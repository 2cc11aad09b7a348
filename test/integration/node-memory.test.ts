// Memory that Node's own code brings along past the allocator: whose it is, when it is gone, and that programs cannot
// tell the difference.
import { describe, expect, it } from 'vitest';
import { runProgram } from './programs';

describe("memory that Node's own code brings along", () => {
  it('belongs to the line that asked for it, however Node hands it over, and goes when it is collected', async () => {
    const result = (await runProgram('node-memory.cjs')) as {
      owners: Record<string, unknown>;
      left: number;
      unexplained: number | null;
    };
    const wrong = Object.entries(result.owners).filter(([, right]) => right !== true);
    expect(wrong).toEqual([]);
    expect(Object.keys(result.owners).length).toBeGreaterThanOrEqual(17);
    expect(result.left).toBe(0);
  });

  it('leaves results, errors and rejections as they are untraced', async () => {
    const [plain, traced] = await Promise.all(
      [false, true].map((isTraced) => runProgram('node-memory-plain.cjs', { args: [isTraced] })),
    );
    expect(Object.keys(plain as object)).toHaveLength(8);
    expect(traced).toEqual(plain);
  });
});
