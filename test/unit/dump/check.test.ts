import { createRequire } from 'node:module';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { findDumpFault } from '../../../lib/dump/check';
import { buildStory } from './dump-builder';

const { TypeCompiler } = createRequire(import.meta.url)(
  '@sinclair/typebox/compiler',
) as typeof import('@sinclair/typebox/compiler');

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

async function checkWhereCompilingThrows(error: Error): Promise<typeof findDumpFault> {
  vi.spyOn(TypeCompiler, 'Compile').mockImplementation(() => {
    throw error;
  });
  vi.resetModules();
  return (await import('../../../lib/dump/check')).findDumpFault;
}

describe('checking a dump', () => {
  it('finds no fault in a dump, and one in what is none', () => {
    expect(findDumpFault(buildStory())).toBeNull();
    expect(findDumpFault(7)).toEqual({ at: '', expected: 'an object', got: '7' });
    expect(findDumpFault(undefined)).toEqual({ at: '', expected: 'an object', got: 'nothing' });
  });

  it('says the same where code may not be generated from strings', async () => {
    const interpreted = await checkWhereCompilingThrows(new EvalError('not allowed'));
    const bad = buildStory();
    Reflect.set(bad.sites[4] ?? {}, 'kind', 'sofa');
    expect(interpreted(buildStory())).toBeNull();
    expect(interpreted(bad)).toEqual(findDumpFault(bad));
    expect(findDumpFault(bad)?.at).toBe('sites[4].kind');
  });

  it('lets other errors of the compiler through', async () => {
    const broken = await checkWhereCompilingThrows(new RangeError('out of luck'));
    expect(() => broken(buildStory())).toThrow('out of luck');
  });
});
