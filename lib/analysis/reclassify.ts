// Asks again of every frame in a dump whose code it is, by other rules or after source maps have been applied,
// and then again of every site who owns it.
import type { Dump, Frame } from '../dump/format';
import { type Classified, createClassifier, createPackageFinder, type OriginRules } from './origin';
import { withOwners } from './owner';
import { projectRoots } from './project-roots';
import { StringTable } from './string-table';

/** What to ask by; what is left out is taken from the dump. */
export interface ReclassifyOptions extends Partial<OriginRules> {
  /** Finds the package of a file outside `node_modules`; looks at the disk by default. */
  nameOfPackage?: (file: string) => string | null;
}

/**
 * Classifies the frames of a dump anew and finds its owners anew.
 * @param dump is not changed
 * @param options globs relative to the traced program's working directory
 * @returns a dump that shares with `dump` what is the same
 */
export function reclassify(dump: Dump, options: ReclassifyOptions = {}): Dump {
  const { cwd, script } = dump.process;
  const { nameOfPackage = createPackageFinder(), ...rules } = options;
  const classify = createClassifier(
    {
      cwd,
      roots: projectRoots(script, cwd),
      user: dump.options.user,
      dependency: dump.options.dependency,
      ...rules,
    },
    nameOfPackage,
  );
  const table = new StringTable(dump.strings);
  const frames = dump.frames.map((frame): Frame => {
    // What runs without a script, builtins for instance, is known to the tracer only.
    if (frame.origin === 'node' || frame.origin === 'native') return frame;
    const { origin, package: name } = classifyFrame(frame, dump.strings, classify);
    const known = origin === frame.origin ? frame.package : null;
    return { ...frame, origin, package: name === null ? known : table.indexOf(name) };
  });
  return withOwners({ ...dump, strings: table.strings, frames });
}

/** A bundle that a dependency ships stays the dependency's, whatever sources it was made from. */
function classifyFrame(frame: Frame, strings: string[], classify: (file: string) => Classified): Classified {
  const generated = classify(strings[frame.file] ?? '');
  if (!frame.original || generated.origin === 'dependency') return generated;
  return classify(strings[frame.original.file] ?? '');
}
